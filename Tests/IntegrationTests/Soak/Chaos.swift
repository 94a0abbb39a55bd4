import Foundation
import TestSupport

/// Kills and suspends the daemon and the database at random, and starts them again.
struct Chaos: Sendable {
    private enum Deed: CaseIterable {
        case killDaemon, freezeDaemon, killServer, freezeServer, killBoth
    }

    let site: Site
    let server: MariaDBServer
    let tally: SoakTally
    private(set) var daemon: Program
    private var random: SeededGenerator

    init(site: Site, server: MariaDBServer, tally: SoakTally, random: SeededGenerator) throws {
        self.site = site
        self.server = server
        self.tally = tally
        self.random = random
        daemon = try site.monitord()
    }

    /// Goes on until the end, and leaves everything running.
    func disturbing(until end: ContinuousClock.Instant) async throws -> Self {
        var chaos = self
        try await chaos.run(until: end)
        return chaos
    }

    private mutating func run(until end: ContinuousClock.Instant) async throws {
        while ContinuousClock.now < end {
            try await Task.sleep(for: random.duration(300...3000))
            // Nothing that was done to it ends a daemon.
            if kill(daemon.pid, 0) != 0 {
                tally.violation("the daemon ended by itself: \(daemon.log)")
                daemon = try site.monitord()
            }
            try await perform(Deed.allCases.randomElement(using: &random)!)
        }
    }

    private mutating func perform(_ deed: Deed) async throws {
        switch deed {
        case .killDaemon:
            try await killDaemon()
            try await Task.sleep(for: random.duration(0...1000))
            daemon = try site.monitord()
        case .freezeDaemon:
            daemon.signal(SIGSTOP)
            tally.count(.daemonFreezes)
            try await Task.sleep(for: random.duration(100...3000))
            daemon.signal(SIGCONT)
        case .killServer:
            try await order(.kill)
            try await Task.sleep(for: random.duration(0...2000))
            try await order(.start)
        case .freezeServer:
            try await order(.suspend)
            try await Task.sleep(for: random.duration(100...4000))
            try await order(.resume)
        case .killBoth:
            try await order(.kill)
            try await killDaemon()
            daemon = try site.monitord()
            try await Task.sleep(for: random.duration(0...1000))
            try await order(.start)
        }
    }

    private func killDaemon() async throws {
        daemon.signal(SIGKILL)
        tally.count(.daemonKills)
        _ = try await daemon.wait()
    }

    /// Ends the daemon as an administrator does, and starts another.
    mutating func renewDaemon() async throws {
        daemon.signal(SIGTERM)
        let result = try await daemon.wait()
        if result.status != 0 { tally.violation("the daemon ended with \(result.status): \(result.error)") }
        daemon = try site.monitord()
    }

    private enum Order { case kill, start, suspend, resume }

    /// On a thread of its own: it blocks until it is done.
    private func order(_ order: Order) async throws {
        let server = server
        try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
            DispatchQueue.global().async {
                continuation.resume(
                    with: Result {
                        switch order {
                        case .kill: try server.kill()
                        case .start: try server.start()
                        case .suspend: try server.suspend()
                        case .resume: try server.resume()
                        }
                    })
            }
        }
        if order == .kill { tally.count(.serverKills) }
        if order == .suspend { tally.count(.serverFreezes) }
    }
}
