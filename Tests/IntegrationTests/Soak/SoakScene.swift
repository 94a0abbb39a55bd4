import Foundation
import TestSupport

/// A database, a daemon and a hundred processes (in a short run thirty), and what may happen to them.
final class SoakScene {
    let tally = SoakTally()
    private let site: Site
    private let fleet: Fleet
    private let server: MariaDBServer
    private let database: TestDatabase
    private var application: Application
    private var chaos: Chaos

    /// Every tenth has no `start_command`: it is started again as it was. Every twenty-fifth has a health check that
    /// fails, and so a breaker that opens.
    init(seed: UInt64, seconds: Int) async throws {
        (site, server) = (try Site(), try MariaDBServer())
        fleet = try Fleet(seconds < 60 ? 30 : 100, in: site, lifetime: seconds + 900)
        database = try server.makeDatabase()
        let asItWas = fleet.names.enumerated().filter { $0.offset % 10 == 9 }.map(\.element)
        let hopeless = fleet.names.enumerated().filter { $0.offset % 25 == 12 }.map(\.element)
        try site.configure(
            database: """
                host = localhost
                socket = \(server.socket)
                user = root
                database = \(database.name)
                connect_timeout = 2
                query_timeout = 2
                """,
            monitor: """
                host = soak
                check_interval = 500ms
                max_concurrent_restarts = 8
                relapse_window = 0
                circuit_reset_time = 1
                """,
            """
            [process.default]
            restart_strategy = process
            start_command = \(fleet.command)
            restart_delay = 100ms

            """ + asItWas.map { "[process.\($0)]\nstart_command =\n" }.joined()
                + hopeless.map {
                    """
                    [process.\($0)]
                    health_check_command = false
                    health_check_timeout = 100ms
                    max_restart_failures = 2
                    circuit_reset_time = 1d

                    """
                }.joined())
        try await site.ctl("init")
        for (index, name) in fleet.names.enumerated() {
            try await database.root.run(
                "INSERT INTO PROCESE (process_id, process_name) VALUES (\(index + 1), '\(name)')")
            try await database.root.run(
                "INSERT INTO STATUS_PROCESS (process_id, alarma, sound) VALUES (\(index + 1), 0, 0)")
        }
        try await fleet.start()
        application = Application(
            fleet: fleet, database: database, tally: tally, spared: Set(asItWas + hopeless),
            random: SeededGenerator(seed: seed))
        chaos = try Chaos(site: site, server: server, tally: tally, random: SeededGenerator(seed: ~seed))
    }

    func disturbEverything(for duration: Duration) async throws {
        let end = ContinuousClock.now + duration
        let (application, chaos) = (application, chaos)
        async let raised = application.disturbing(until: end)
        async let broken = chaos.disturbing(until: end)
        (self.application, self.chaos) = try await (raised, broken)
    }

    func disturbProcesses(for duration: Duration) async throws {
        application = try await application.disturbing(until: .now + duration)
    }

    func renewDaemon() async throws { try await chaos.renewDaemon() }

    /// Ends the daemon, which would else make its directory anew while that is being removed.
    func end() async throws {
        chaos.daemon.signal(SIGTERM)
        _ = try await chaos.daemon.wait()
    }

    func footprint() async throws -> DaemonFootprint { try await .atRest(chaos.daemon.pid) }

    /// Waits until every alarm is cleared or its breaker open, and every process runs once.
    ///
    /// - Returns: how long that took. What is not so after a long time is a violation.
    func comeToRest() async throws -> Duration {
        let begin = ContinuousClock.now
        // The server may have been killed since it was last asked.
        await database.root.close()
        do {
            try await eventually("all is served", within: 120, in: chaos.daemon) { try await complaints().isEmpty }
        } catch is Failure {
            for complaint in try await complaints() { tally.violation(complaint) }
        }
        return .now - begin
    }

    /// What is not as it should be when nothing happens any more.
    private func complaints() async throws -> [String] {
        let unserved = try await database.root.rows(
            """
            SELECT p.process_name FROM PROCESE p JOIN STATUS_PROCESS s ON s.process_id = p.process_id \
            LEFT JOIN MONITOR_BREAKER b ON b.process_id = p.process_id \
            LEFT JOIN MONITOR_CLAIM c ON c.process_id = p.process_id WHERE c.process_id IS NOT NULL OR s.alarma = 1 AND (b.state IS NULL OR b.state <> 'open')
            """)
        let pids = try fleet.pids()
        return unserved.map { "\($0[0] ?? "") is in alarm or in recovery" }
            + fleet.names.filter { pids[$0]?.count != 1 }.map { "\($0) runs \(pids[$0]?.count ?? 0) times" }
    }

    /// How many recoveries ended how.
    func history() async throws -> [(String, String)] {
        try await database.root.rows("SELECT kind, COUNT(*) FROM MONITOR_EVENT GROUP BY kind ORDER BY kind")
            .map { ("history: \($0[0] ?? "")", $0[1] ?? "") }
    }
}
