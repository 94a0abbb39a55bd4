import Foundation
import MonitorStore
import Synchronization
import TestSupport

/// Real processes in alarm, a real database and a real daemon, to which a fault is done.
final class FaultScene: Sendable {
    /// Where a recovery can be made to wait, in order.
    enum Step: String, CaseIterable, Sendable {
        case preparing, stopping
        /// The old process is gone, the new one is not there yet.
        case stopped
        case starting, checking
    }

    let site: Site
    let database: FaultDatabase
    let names: [String]
    let state: Mutex<State>

    struct State {
        var daemon: Program?
        var disk: SmallDisk?
        /// The locks of the steps at which recoveries wait.
        var held: [Step: Int32] = [:]
        var mended: ContinuousClock.Instant?
        var startsBefore: [String: Int] = [:]
        /// How many alarms were raised before the fault.
        var raised = 0
    }

    init(on database: FaultDatabase? = nil) throws {
        let site = try Site()
        self.site = site
        self.database = database ?? .sqlite(path: site.path("data/monitor.db"))
        let token = String(UInt32.random(in: 0...UInt32.max), radix: 36)
        names = (1...3).map { "fault-\(token)-\($0)" }
        state = Mutex(State())
        try FaultWorker.write(to: site)
    }

    /// Whatever came of the test, nothing stays: no daemon, no worker, no database.
    func end() {
        for step in Step.allCases { letGo(step) }
        daemon?.signal(SIGKILL)
        for name in names { FaultWorker.endAll(of: name, at: site) }
        database.drop()
    }

    /// A disk that can be filled, where ``putOnDisk(_:)`` made one.
    var disk: SmallDisk? { state.withLock { $0.disk } }

    /// Puts a directory of the site on a disk of its own.
    func putOnDisk(_ directory: String) throws {
        let disk = try SmallDisk(megabytes: 1)
        try FileManager.default.createSymbolicLink(atPath: site.path(directory), withDestinationPath: disk.path)
        state.withLock { $0.disk = disk }
    }

    // MARK: - Beginning

    /// All processes run, none is in alarm, and the daemon is at work.
    ///
    /// - Parameters:
    ///   - monitor: further keys of `[monitor]`.
    ///   - process: the keys of each process that say how long and how often it is tried.
    ///   - sections: further sections.
    ///   - startsAsItWas: no `start_command`: what is started is what ran.
    ///   - asNobody: the daemon is an ordinary user, whom limits hold.
    func begin(
        monitor: String = "", process: String = "", sections: String = "", startsAsItWas: Bool = false,
        asNobody: Bool = false
    ) async throws {
        try await initialize()
        try database.grantAll()
        try configure(monitor: monitor, process: process, sections: sections)
        for (index, name) in names.enumerated() {
            try database.sql("INSERT INTO PROCESE (process_id, process_name) VALUES (\(index + 1), '\(name)')")
            try database.sql("INSERT INTO STATUS_PROCESS (process_id, alarma) VALUES (\(index + 1), 1)")
        }
        if asNobody { try startDaemonAsNobody() } else { try startDaemon() }
        try await eventually("all processes run", in: daemon) { try self.isNormal() }
        if startsAsItWas {
            try configure(monitor: monitor, process: process, startsAsItWas: true)
            try await reload()
        }
    }

    /// Creates the tables of the monitor, as an administrator does.
    func initialize() async throws {
        let own = try? String(contentsOfFile: site.configuration, encoding: .utf8)
        try site.write("[database]\n\(database.settings(asAdministrator: true))", to: "config.ini")
        let made = try await site.ctl("init")
        guard made.status == 0 else { throw Failure(made.error) }
        if let own { try site.write(own, to: "config.ini") }
    }

    func configure(
        monitor: String = "", process: String = "", sections: String = "", startsAsItWas: Bool = false
    ) throws {
        let processes = names.map { name in
            """
            [process.\(name)]
            restart_strategy = process
            pid_file = \(site.path(name)).pid
            pre_restart_command = \(site.path("step")) preparing
            stop_command = \(site.path("stop")) \(site.path(name)).pid
            \(startsAsItWas ? "" : "start_command = \(site.path("step")) starting; exec \(site.path("worker")) %s")
            health_check_command = \(site.path("check")) && \(site.isAlive(name))
            \(process.isEmpty ? "health_check_timeout = 30\nrestart_delay = 100ms\nmax_attempts = 1" : process)
            """
        }
        let text = """
            [database]
            \(database.settings())
            [monitor]
            host = faults
            check_interval = 200ms
            relapse_window = 0
            max_restart_failures = 1000
            \(monitor)
            [logging]
            file = \(site.path("log"))/monitor.log
            journal = off
            \(processes.joined(separator: "\n"))
            \(sections)
            """
        try site.write(text, to: "config.ini")
    }
}
