import Foundation
import MonitorStore
import Synchronization
import TestSupport
import Testing

/// Real processes, a real database and the real daemon, to see by which rules it restarts and clears.
///
/// The processes write down when they were started, and are healthy unless the file `sick` exists.
final class RulesScene: Sendable {
    /// On which database, and whether the daemon follows its changes.
    struct Place: Sendable, CaseIterable, CustomTestStringConvertible {
        var isServer: Bool
        var hasFeed: Bool
        static let allCases = [false, true].flatMap { isServer in
            [false, true].map { Self(isServer: isServer, hasFeed: $0) }
        }
        var testDescription: String { "\(isServer ? "MariaDB" : "SQLite"), \(hasFeed ? "change feed" : "polls alone")" }
    }

    let site = try! Site()
    let place: Place
    let database: FaultDatabase
    let names: [String]
    private let program = Mutex<Program?>(nil)
    var daemon: Program? { program.withLock { $0 } }
    var log: String { daemon?.log ?? "" }

    init(_ place: Place, processes: Int = 1) async throws {
        self.place = place
        database =
            if place.isServer { try .onServer(await MariaDBServer.shared) } else {
                .sqlite(path: site.path("data/monitor.db"))
            }
        let token = String(UInt32.random(in: 0...UInt32.max), radix: 36)
        names = (1...processes).map { "rule-\(token)-\($0)" }
        let directory = site.directory
        try site.write(
            """
            #!/bin/sh
            date +%s%3N >> "\(directory)/$1.starts"
            echo $$ > "\(directory)/$1.tmp" && mv "\(directory)/$1.tmp" "\(directory)/$1.pid"
            while :; do sleep 1; done
            """, to: "worker", mode: 0o755)
        // A file of this name is run by each check, before it is known what the check says.
        try site.write(
            """
            #!/bin/sh
            [ ! -e "\(directory)/meanwhile" ] || "\(directory)/meanwhile" "$1"
            [ ! -e "\(directory)/sick" ] && grep -q '^State:.[RSDI]' "/proc/$(cat "\(directory)/$1.pid")/status"
            """, to: "check", mode: 0o755)
    }

    /// Whatever came of the test, nothing stays.
    func end() {
        daemon?.signal(SIGKILL)
        for name in names {
            guard let pid = site.pid(of: name) else { continue }
            kill(pid, SIGKILL)
        }
        database.drop()
    }

    deinit { end() }

    /// The tables are there, no process is in alarm, and the configuration is this one.
    func begin(monitor: String = "", process: String = "", startCommand: String? = nil) async throws {
        try site.write("[database]\n\(database.settings(asAdministrator: true))", to: "config.ini")
        let made = try await site.ctl("init")
        guard made.status == 0 else { throw Failure(made.error) }
        try database.grantAll()
        if case .mariadb(let server, let name) = database, place.hasFeed {
            try server.sql("GRANT REPLICATION SLAVE ON *.* TO \(name)@localhost")
        }
        let processes = names.map { name in
            """
            [process.\(name)]
            restart_strategy = process
            pid_file = \(site.path(name)).pid
            start_command = \(startCommand ?? "exec \(site.path("worker")) %s")
            health_check_command = \(site.path("check")) %s
            \(process.isEmpty ? "health_check_timeout = 10\nmax_attempts = 1\nstable_for = 0" : process)
            """
        }
        let text = """
            [database]
            \(database.settings())
            change_feed = \(place.hasFeed ? "on" : "off")
            [monitor]
            host = rules
            \(monitor)
            [logging]
            file = \(site.log)
            journal = off
            \(processes.joined(separator: "\n"))
            """
        try site.write(text, to: "config.ini", mode: 0o600)
        for (index, name) in names.enumerated() {
            try database.sql("INSERT INTO PROCESE (process_id, process_name) VALUES (\(index + 1), '\(name)')")
            try database.sql("INSERT INTO STATUS_PROCESS (process_id, alarma) VALUES (\(index + 1), 0)")
        }
    }

    /// Starts the daemon; returns when it polls, and follows the changes where it is to.
    func startDaemon(environment: [String: String] = [:]) async throws {
        let started = try Program(
            "monitord", ["--config", site.configuration],
            environment: site.environment.merging(environment) { $1 })
        program.withLock { $0 = started }
        try await logs(place.hasFeed ? "feed.opened" : "store.opened")
    }

    /// Starts a process's program, as an operator does who helps himself.
    func startByHand(_ name: String) throws -> Program {
        try Program(site.path("worker"), [name])
    }

    // MARK: - What the application does

    func raise(_ id: Int = 1) throws {
        try database.sql(
            "UPDATE STATUS_PROCESS SET alarma = 1, notes = 'set by the application' WHERE process_id = \(id)")
    }

    func clear(_ id: Int = 1) throws {
        try database.sql("UPDATE STATUS_PROCESS SET alarma = 0 WHERE process_id = \(id)")
    }

    func makeSick() throws { try site.write("", to: "sick") }
    func makeWell() throws { try FileManager.default.removeItem(atPath: site.path("sick")) }

    // MARK: - What came of it

    func isInAlarm(_ id: Int = 1) throws -> Bool {
        try database.sql("SELECT alarma FROM STATUS_PROCESS WHERE process_id = \(id)").first?.first == "1"
    }

    func note(_ id: Int = 1) throws -> String {
        try (database.sql("SELECT notes FROM STATUS_PROCESS WHERE process_id = \(id)").first?.first ?? nil) ?? ""
    }

    /// When the process was started, each time, in seconds.
    func starts(_ name: String) -> [Double] {
        let text = (try? String(contentsOfFile: site.path(name + ".starts"), encoding: .utf8)) ?? ""
        return text.split(separator: "\n").compactMap { Double($0).map { $0 / 1000 } }
    }

    /// How many lines of the log hold this text.
    func count(_ text: String) -> Int { log.split(separator: "\n").count { $0.contains(text) } }

    /// Waits until the daemon has logged this, so often.
    func logs(_ text: String, times: Int = 1, within seconds: Double = 30) async throws {
        try await eventually("it logs \(text)", within: seconds, in: daemon) { self.count(text) >= times }
    }
}
