import Glibc
import Logging
import MonitorIO
import TestSupport
import Testing

@testable import MonitorCore
@testable import MonitorLinux

private let silent = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

/// The checks that look at processes, with real ones.
@Suite(.serialized, .timeLimit(.minutes(4))) struct ProcessCheckTests {
    private let scene = StrategyScene()
    private let checks = LinuxChecks(manager: nil, stateDirectory: nil, logger: silent)
    private var workshop: Workshop { scene.workshop }

    private func spec(_ kind: CheckKind) -> CheckSpec {
        CheckSpec(name: workshop.name(), process: workshop.name(), kind: kind)
    }

    private func start(_ script: String) async throws -> ProcessEntry {
        let launch = LaunchSpec(
            executable: workshop.copy("/bin/bash", to: workshop.token),
            arguments: [workshop.token, "-c", script].map { Array($0.utf8) }, environment: [])
        return try await scene.start(launch)
    }

    // MARK: process

    @Test func `passes while it runs, and the kernel hints at its end, whoever started it`() async throws {
        let spec = spec(.process)
        let check = checks.makeCheck(spec, settings: ProcessSettings())
        let hints = try #require(checks.watch(spec, settings: ProcessSettings()))
        #expect(await check.run(limit: .seconds(60)) == .failed("no process named \(workshop.name()) runs"))
        let process = try await scene.start(scene.sleeper())
        let running = CheckResult.passed("pid \(process.identity.pid) runs")
        #expect(await check.run(limit: .seconds(60)) == running)
        #expect(await check.run(limit: .seconds(60)) == running)
        let begin = ContinuousClock.now
        kill(process.identity.pid, SIGKILL)
        for await _ in hints { break }
        let delay = begin.duration(to: .now)
        print("check: from a kill to the hint \(delay)")
        #expect(delay < .seconds(1))
        #expect(await check.run(limit: .seconds(60)).hasFailed)
    }

    @Test func `hints again at the end of its successor, and to a second reader`() async throws {
        let spec = spec(.process)
        let check = checks.makeCheck(spec, settings: ProcessSettings())
        for _ in 0..<3 {
            let process = try await scene.start(scene.sleeper())
            let hints = try #require(checks.watch(spec, settings: ProcessSettings()))
            #expect(await check.run(limit: .seconds(60)) == .passed("pid \(process.identity.pid) runs"))
            kill(process.identity.pid, SIGKILL)
            for await _ in hints { break }
            #expect(await check.run(limit: .seconds(60)).hasFailed)
        }
    }

    @Test func `one that became another program is not taken for it`() async throws {
        let check = checks.makeCheck(spec(.process), settings: ProcessSettings())
        let flag = workshop.path("go")
        // Waits for the flag with what the shell has built in, then becomes another program, of the same pid.
        let process = try await start("until [ -e \(flag) ]; do read -t 0.05 < <(:) || :; done; exec /bin/sleep 1000")
        #expect(await check.run(limit: .seconds(60)) == .passed("pid \(process.identity.pid) runs"))
        workshop.write("", to: "go")
        #expect(await workshop.wait { await check.run(limit: .seconds(60)).hasFailed })
        kill(process.identity.pid, SIGKILL)
    }

    @Test func `has no watch but for processes`() throws {
        #expect(checks.watch(spec(.unix(path: "/x")), settings: ProcessSettings()) == nil)
        #expect(checks.watch(spec(.resource(ResourceTarget())), settings: ProcessSettings()) == nil)
    }

    @Test func `holds no descriptor once the check and its watch are gone`() async throws {
        _ = try await scene.start(scene.sleeper())
        let spec = spec(.process)
        /// The pidfds of this program, of which only these tests have any while they run.
        func pidfds() -> Int {
            (3..<4096).count { ProcFile(pid: getpid()).descriptorTarget(CInt($0)) == Array("anon_inode:[pidfd]".utf8) }
        }
        let before = pidfds()
        do {
            let check = checks.makeCheck(spec, settings: ProcessSettings())
            let hints = checks.watch(spec, settings: ProcessSettings())
            #expect(await check.run(limit: .seconds(60)).hasPassed)
            #expect(pidfds() == before + 1)
            withExtendedLifetime(hints) {}
        }
        #expect(await workshop.wait { pidfds() == before })
    }

    // MARK: resource

    private func resource(_ change: (inout ResourceTarget) -> Void) -> any Check {
        var target = ResourceTarget()
        change(&target)
        return checks.makeCheck(spec(.resource(target)), settings: ProcessSettings())
    }

    @Test func `memory that grows is seen, as RSS and as PSS`() async throws {
        let rss = resource { $0.rss = 64 << 20 }
        let pss = resource { $0.pss = 64 << 20 }
        let flag = workshop.path("grow")
        // Stopped at last: a child forked between two readings would have a share of the memory, and be in neither.
        _ = try await start(
            "until [ -e \(flag) ]; do read -t 0.05 < <(:) || :; done; printf -v x '%*s' 100000000 ''; kill -STOP $$")
        #expect(await workshop.wait { await rss.run(limit: .seconds(60)).hasPassed })
        #expect(await pss.run(limit: .seconds(60)).message.hasPrefix("pss "))
        workshop.write("", to: "grow")
        #expect(await workshop.wait { workshop.processes().first?.state == UInt8(ascii: "T") })
        #expect(await workshop.wait { await rss.run(limit: .seconds(60)).hasFailed })
        #expect(await workshop.wait { await pss.run(limit: .seconds(60)).hasFailed })
        let message = await pss.run(limit: .seconds(60)).message
        #expect(message.hasPrefix("pss ") && message.hasSuffix(", more than 64 MiB"), "\(message)")
    }

    @Test func `processes, descriptors and the processor's share are of the process with its children`() async throws {
        let processes = resource { $0.processes = 2 }
        let descriptors = resource { $0.descriptors = 60 }
        let share = resource { $0.cpu = 0.05 }
        let idle = resource { $0.cpu = 50 }
        // Two children of other names; one has many descriptors, one is busy.
        _ = try await start(
            """
            (for n in {10..100}; do eval "exec $n</dev/null"; done; exec /bin/sleep 1000) &
            (while :; do :; done) &
            wait
            """)
        #expect(await workshop.wait { await processes.run(limit: .seconds(60)).hasFailed })
        #expect(await processes.run(limit: .seconds(60)) == .failed("processes 3, more than 2"))
        #expect(await workshop.wait { await descriptors.run(limit: .seconds(60)).hasFailed })
        #expect(await share.run(limit: .seconds(60)).isUnknown)
        #expect(await workshop.wait { await share.run(limit: .seconds(60)).hasFailed })
        #expect(await idle.run(limit: .seconds(60)).isUnknown)
        #expect(await workshop.wait { await idle.run(limit: .seconds(60)).hasPassed })
    }

    @Test func `what doesn't run exceeds nothing`() async throws {
        #expect(await resource { $0.rss = 1 }.run(limit: .seconds(60)).isUnknown)
    }

    // MARK: what commands leave

    @Test func `a hung plugin is ended with all that it started`() async throws {
        let copy = workshop.copy("/bin/sleep", to: workshop.token)
        let text = "(trap '' TERM; \(copy) 1000) & setsid \(copy) 1000 & \(copy) 1000; wait"
        let check = checks.makeCheck(spec(.nagios(try CommandTemplate(text))), settings: ProcessSettings())
        let result = await check.run(limit: .seconds(1))
        #expect(result.hasFailed && result.message.hasPrefix("no answer within 1 s"), "\(result)")
        #expect(await workshop.wait { workshop.processes().isEmpty })
    }

    @Test func `a plugin that forks and leaves is not waited for, and what it left is ended`() async throws {
        let copy = workshop.copy("/bin/sleep", to: workshop.token)
        let text = "\(copy) 1000 & echo OK: fine"
        let check = checks.makeCheck(spec(.nagios(try CommandTemplate(text))), settings: ProcessSettings())
        #expect(await check.run(limit: .seconds(60)) == .passed("OK: fine"))
        #expect(await workshop.wait { workshop.processes().isEmpty })
    }
}

extension CheckResult {
    var hasPassed: Bool { if case .passed = self { true } else { false } }
    var hasFailed: Bool { if case .failed = self { true } else { false } }
    var isUnknown: Bool { if case .unknown = self { true } else { false } }
}
