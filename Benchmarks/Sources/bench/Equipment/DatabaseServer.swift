import Glibc

/// A MariaDB of the benchmark's own, with a binary log of rows. It ends with the box that this runs in.
struct DatabaseServer {
    private static let directory = "/tmp/mariadb"
    static let socket = "\(directory)/socket"

    /// Starts it; returns when it answers.
    init() throws {
        let data = "\(Self.directory)/data"
        let user = getpwnam("mysql") == nil ? "nobody" : "mysql"
        try Program.run("install", "-d", "-o", user, Self.directory)
        try Program.run(
            "mariadb-install-db", "--no-defaults", "--datadir=\(data)", "--skip-test-db", "--user=\(user)",
            "--auth-root-authentication-method=normal", output: "\(Self.directory)/install.log")
        _ = try Program(
            [
                "mariadbd", "--no-defaults", "--datadir=\(data)", "--socket=\(Self.socket)", "--skip-networking",
                "--user=\(user)", "--pid-file=\(Self.directory)/pid", "--log-bin=\(data)/binlog", "--binlog-format=ROW",
                "--server-id=1", "--sync-binlog=1", "--innodb-flush-log-at-trx-commit=1",
                "--innodb-buffer-pool-size=128M", "--log-output=TABLE",
            ], output: "\(Self.directory)/server.log")
        try wait(for: "the start of the database", seconds: 60, every: 50) { (try? Database("mysql")) != nil }
    }

    /// Makes a database with all tables of the monitor, for processes 1 to `count`, without alarms.
    ///
    /// - Parameter name: what a process is called.
    func makeDatabase(_ database: String, processes count: Int, name: (Int) -> String) throws -> Database {
        try Database("mysql").run("CREATE DATABASE \(database)")
        try Monitor.configure(Monitor.Settings(database: database))
        try Program.run("monitorctl", "init")
        let connection = try Database(database)
        for first in stride(from: 1, through: count, by: 1000) {
            let ids = first...min(first + 999, count)
            let processes = ids.map { "(\($0), '\(name($0))')" }.joined(separator: ",")
            try connection.run("INSERT INTO PROCESE (process_id, process_name) VALUES \(processes)")
            let states = ids.map { "(\($0))" }.joined(separator: ",")
            try connection.run("INSERT INTO STATUS_PROCESS (process_id) VALUES \(states)")
        }
        try connection.run("ANALYZE TABLE PROCESE, STATUS_PROCESS")
        return connection
    }
}
