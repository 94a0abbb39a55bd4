import CLibraries

/// What monitorctl takes from its start to its end, beside systemctl.
struct StartBenchmark {
    private static let processes = 1000

    let laboratory: Laboratory

    func run() throws -> [Figure] {
        let count = laboratory.repetitions(100, quick: 20)
        laboratory.say("\(count) starts of monitorctl and systemctl")
        let configuration = try makeSQLiteDatabase()
        let units = try StormUnits.start(laboratory.stormSize)
        var (help, status, systemctl) = (Samples(), Samples(), Samples())
        for _ in 0..<count {
            try help.time { try Program.run("monitorctl", "--help") }
            // 4: no daemon runs here.
            try status.time { try Program.run("monitorctl", "--config", configuration, "status", endsWith: 4) }
            try systemctl.time { try Program.run("systemctl", "list-units", "--no-pager") }
        }
        let other = "systemctl list-units"
        return [
            Figure("monitorctl --help", .milliseconds, help.summary, comparedWith: other, systemctl.summary),
            Figure(
                "monitorctl status", .milliseconds, status.summary, comparedWith: other, systemctl.summary,
                note: "\(Self.processes) processes on SQLite, beside \(units.count) units"),
        ]
    }

    /// - Returns: the configuration's path.
    private func makeSQLiteDatabase() throws -> String {
        let (configuration, path) = ("/tmp/sqlite.ini", "/tmp/sqlite.db")
        try write("[database]\nbackend = sqlite\npath = \(path)\n", to: configuration)
        try Program.run("monitorctl", "--config", configuration, "init")
        var database: OpaquePointer?
        defer { sqlite3_close(database) }
        let rows = (1...Self.processes).map {
            """
            INSERT INTO PROCESE (process_id, process_name) VALUES (\($0), 'process-\($0)');
            INSERT INTO STATUS_PROCESS (process_id) VALUES (\($0));
            """
        }
        guard sqlite3_open(path, &database) == SQLITE_OK,
            sqlite3_exec(database, "BEGIN; \(rows.joined()) COMMIT;", nil, nil, nil) == SQLITE_OK
        else { throw Failure("cannot fill '\(path)': \(String(cString: sqlite3_errmsg(database)))") }
        return configuration
    }
}
