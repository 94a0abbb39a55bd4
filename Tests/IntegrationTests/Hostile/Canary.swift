import Foundation
import MonitorStore
import TestSupport
import Testing

/// A site in which whatever must not run would leave a trace, and a good process that must be served beside it.
final class Canary: Sendable {
    let site: Site
    /// The database, as an application has it.
    let database: DatabaseClient
    /// `[database]` of the configuration.
    let section: String
    private let drop: @Sendable () -> Void

    /// Who is served whatever stands beside it, with the highest id.
    static let good = "good-worker"
    static let goodID = 100_000

    /// Every process is started by nothing and healthy at once: what is tested is whether it gets that far.
    static let quickService = """
        [process.default]
        restart_strategy = process
        start_command = true
        health_check_command = true
        max_attempts = 1
        restart_delay = 0
        """

    init(_ backend: SQLScene.Backend = .sqlite) async throws {
        site = try Site()
        try FileManager.default.createDirectory(atPath: site.path("traces"), withIntermediateDirectories: false)
        switch backend {
        case .sqlite:
            database = DatabaseClient(sqlite: site.path("monitor.db"))
            section = "backend = sqlite"
            drop = {}
        case .mariadb:
            let server = try await MariaDBServer.shared
            let made = try server.makeDatabase()
            database = made.root
            section = "host = localhost\nsocket = \(server.socket)\nuser = root\ndatabase = \(made.name)"
            drop = { _ = try? server.sql("DROP DATABASE \(made.name)") }
        }
    }

    deinit { drop() }

    /// A command that leaves a trace.
    var trap: String { "touch \(site.path("traces"))/x" }

    /// What was run that must not be.
    var traces: [String] { (try? FileManager.default.contentsOfDirectory(atPath: site.path("traces"))) ?? [] }

    /// Writes the configuration, with the good process in it, and makes the tables.
    func configure(monitor: String = "", _ sections: String = "") async throws {
        let worker = try site.makeWorker()
        try site.configure(
            database: section, monitor: monitor,
            site.section(Self.good, worker: worker, "pre_restart_command = true") + "\n" + sections)
        let made = try await site.ctl("init")
        guard made.status == 0 else { throw Failure("cannot make the tables: \(made.error)") }
        try await raise(Self.good, id: Self.goodID)
    }

    /// Adds a process in alarm, by the application's own hand.
    func raise(_ name: String, id: Int) async throws {
        let key = SQLValue.integer(Int64(id))
        try await database.rows("INSERT INTO PROCESE (process_id, process_name) VALUES (?, ?)", [key, .text(name)])
        try await database.rows("INSERT INTO STATUS_PROCESS (process_id, alarma, sound) VALUES (?, 1, 0)", [key])
    }

    /// Whether the good process was served: its alarm is cleared, and it runs.
    func isGoodServed() async throws -> Bool {
        let alarm = try await database.scalar(
            "SELECT alarma FROM STATUS_PROCESS WHERE process_id = \(Self.goodID)")
        // Of a DECIMAL it is 0.0.
        return alarm.flatMap(Double.init) == 0 && site.pid(of: Self.good) != nil
    }

    /// The ids of the processes in alarm.
    func alarms() async throws -> [String] {
        try await database.rows("SELECT process_id FROM STATUS_PROCESS WHERE alarma = 1 ORDER BY 1")
            .map { $0[0] ?? "NULL" }
    }

    /// Ends the daemon as its administrator does; it must still be there.
    func end(_ daemon: Program) async throws {
        #expect(kill(daemon.pid, 0) == 0, "the daemon is alive")
        daemon.signal(SIGTERM)
        let result = try await daemon.wait(30)
        #expect(result.status == 0, "\(result.error)")
    }
}
