internal import Glibc
package import MonitorCore
package import MonitorStore
package import Testing

/// A MariaDB, or MySQL, of the tests' own: in a directory that goes with it, on a Unix socket and a free port of the loopback.
///
/// Its administrator is `root`, without a password. It writes a binary log, as servers do that are replicated. What it
/// has confirmed survives its own death, not the machine's. Whatever ends the test process ends it too.
package final class MariaDBServer: Sendable {
    package let socket: String
    package let port: UInt16
    /// Where it keeps its process's number.
    package var pidFile: String { "\(directory)/pid" }
    private let directory: String
    private let keeper: ServerKeeper

    package enum Product: Sendable {
        /// The one that is installed.
        case mariaDB
        /// Those that `scripts/mysql-box` fetches.
        case mySQL, newestMariaDB
    }

    /// The server that the tests of this process share, each with a database of its own.
    package static var shared: MariaDBServer {
        get async throws { try await starting.value }
    }

    // Detached: it blocks until the server is up, whoever asks for it first.
    private static let starting = Task.detached { try MariaDBServer() }

    /// The MySQL that the tests of this process share.
    package static var sharedMySQL: MariaDBServer {
        get async throws { try await startingMySQL.value }
    }

    private static let startingMySQL = Task.detached { try MariaDBServer(.mySQL) }

    /// The newest MariaDB, which the tests of this process share.
    package static var sharedNewestMariaDB: MariaDBServer {
        get async throws { try await startingNewestMariaDB.value }
    }

    private static let startingNewestMariaDB = Task.detached { try MariaDBServer(.newestMariaDB) }

    /// Whether the programs are installed.
    package static let isInstalled = InstalledProgram.areInstalled("mariadbd", "mariadb-install-db", "mariadb")

    /// Whether a server was fetched: without the mark of that, its mirror has none.
    package static func wasFetched(_ product: Product) -> Bool {
        switch product {
        case .mariaDB: isInstalled
        case .mySQL: access("\(RepositoryFile.mySQLBox)/complete", R_OK) == 0
        case .newestMariaDB: access("\(RepositoryFile.mariaDBBox)/complete", R_OK) == 0
        }
    }

    /// Starts a server that a test may treat as it likes; returns when it answers.
    ///
    /// - Parameters:
    ///   - product: which of the two.
    ///   - options: further options of the server, in force when its data is laid out too.
    ///   - data: where its data is to be, made by it; nil for the server's own directory.
    package init(_ product: Product = .mariaDB, options: [String] = [], data: String? = nil) throws {
        // Short: the path of a Unix socket has 107 characters at most.
        directory = try makeDirectory("/tmp/mariadb-XXXXXX")
        socket = "\(directory)/socket"
        port = try freeLoopbackPort()
        let data = data ?? "\(directory)/data"
        // One that was fetched runs as who unpacked it: another user may not be let into the repository.
        let account = product == .mariaDB ? Self.account : Self.administrator
        if let account { chown(directory, account.user, account.group) }
        let user = account.map { ["--user=\($0.name)"] } ?? []
        let own = Self.options(directory, data: data, socket: socket, port: port)
        switch product {
        case .mariaDB:
            keeper = try ServerKeeper(
                directory: directory,
                installer: [
                    try InstalledProgram.required("mariadb-install-db"), "--no-defaults", "--datadir=\(data)",
                    "--skip-test-db", "--auth-root-authentication-method=normal",
                ] + user + options,
                server: [try InstalledProgram.required("mariadbd"), "--no-defaults"] + own
                    + ["--innodb-log-file-size=8M"] + user + options)
        case .mySQL, .newestMariaDB:
            let box = ["\(RepositoryFile.root)/scripts/mysql-box"] + (product == .mySQL ? [] : ["--mariadb"])
            let special =
                product == .mySQL
                ? ["--innodb-redo-log-capacity=8M", "--mysqlx=OFF", "--secure-file-priv=NULL"]
                : ["--innodb-log-file-size=8M"]
            keeper = try ServerKeeper(
                directory: directory, installer: box + ["install", "--datadir=\(data)"] + user + options,
                server: box + ["run"] + own + special + user + options)
        }
        try start()
    }

    private static func options(_ directory: String, data: String, socket: String, port: UInt16) -> [String] {
        [
            "--datadir=\(data)", "--socket=\(socket)", "--port=\(port)",
            "--bind-address=127.0.0.1", "--skip-name-resolve", "--pid-file=\(directory)/pid",
            "--log-bin=\(data)/binlog", "--binlog-format=ROW", "--sync-binlog=0",
            "--innodb-flush-log-at-trx-commit=2", "--innodb-buffer-pool-size=24M", "--server-id=1",
            "--performance-schema=OFF", "--max-connections=200",
        ]
    }

    private static var administrator: (name: String, user: uid_t, group: gid_t)? {
        geteuid() == 0 ? ("root", 0, 0) : nil
    }

    /// Whom the server runs as where the tests run as root, which it refuses to run as.
    private static var account: (name: String, user: uid_t, group: gid_t)? {
        guard geteuid() == 0 else { return nil }
        for name in ["mysql", "nobody"] {
            if let entry = getpwnam(name) { return (name, entry.pointee.pw_uid, entry.pointee.pw_gid) }
        }
        return ("root", 0, 0)
    }
}

// MARK: - Faults

extension MariaDBServer {
    /// Starts it, again where it was killed; returns when it answers.
    package func start() throws {
        try keeper.tell("start")
        let end = ContinuousClock.now + .seconds(60)
        while true {
            do {
                _ = try connection()
                return
            } catch {
                guard ContinuousClock.now < end else { throw error }
                usleep(20_000)
            }
        }
    }

    /// Ends it as its administrator does.
    package func stop() throws { try keeper.tell("stop") }

    /// Ends it as a power cut would.
    package func kill() throws { try keeper.tell("kill") }

    /// Stops it: it stays connected, and says nothing.
    package func suspend() throws { try keeper.tell("suspend") }

    package func resume() throws { try keeper.tell("resume") }

    /// The process that serves, also where somebody else has started it.
    package var servingPID: Int32? { Int32(contents(of: pidFile).filter(\.isNumber)) }

    /// Ends a server that somebody else has started in its place, as a power cut would; returns when it is gone.
    package func killWhoeverServes() throws {
        guard let pid = servingPID else { throw TestFailure("no server has left its process's number") }
        let end = ContinuousClock.now + .seconds(20)
        while Glibc.kill(pid, SIGKILL) == 0, ContinuousClock.now < end { usleep(20_000) }
    }
}

// MARK: - Connecting

extension MariaDBServer {
    /// What `[database]` would say to reach it.
    package func settings(database: String = "mysql", user: String = "root") -> DatabaseSettings {
        var settings = DatabaseSettings()
        settings.backend = .mariadb
        settings.socket = socket
        settings.port = port
        settings.user = user
        settings.database = database
        return settings
    }

    /// A connection as an application has one: its writes count, and its `sql_mode` is the server's own.
    package func connection(to database: String = "mysql", as user: String = "root") throws -> MariaDBConnection {
        let connection = try MariaDBConnection.connect(settings(database: database, user: user), password: nil)
        try connection.run("SET @monitor_quiet = NULL, SESSION sql_mode = @@GLOBAL.sql_mode")
        return connection
    }

    /// A client that keeps its connection.
    package func client(database: String = "mysql") -> DatabaseClient {
        DatabaseClient(settings(database: database), password: nil)
    }

    /// Makes an empty database.
    package func makeDatabase(characterSet: String = "utf8mb4") throws -> TestDatabase {
        let name = "test_\(UInt64.random(in: 0 ... .max))"
        try sql("CREATE DATABASE \(name) CHARACTER SET \(characterSet)")
        return TestDatabase(name: name, server: self)
    }

    /// Runs a statement on a connection of its own.
    @discardableResult
    package func sql(
        _ statement: String, _ parameters: [SQLValue] = [], in database: String = "mysql", as user: String = "root"
    ) throws -> [[SQLValue]] {
        let connection = try connection(to: database, as: user)
        guard !parameters.isEmpty || statement.hasPrefix("S") else {
            try connection.run(statement)
            return []
        }
        return try connection.execute(statement, parameters, keeps: false).rows
    }
}

extension Trait where Self == ConditionTrait {
    /// Needs a MariaDB server to be installed.
    package static var needsMariaDB: Self { .integration(with: "mariadbd", isAvailable: MariaDBServer.isInstalled) }

    /// Needs the MySQL that `scripts/mysql-box fetch` brings, where the mirror of this machine has one: that one thing
    /// is skipped, visibly, also where everything else is required.
    package static var needsMySQL: Self {
        .enabled(
            if: MariaDBServer.wasFetched(.mySQL), "no MySQL was fetched by 'scripts/mysql-box fetch', which says why")
    }

    /// Needs the MariaDB that `scripts/mysql-box --mariadb fetch` brings, likewise.
    package static var needsNewestMariaDB: Self {
        .enabled(
            if: MariaDBServer.wasFetched(.newestMariaDB),
            "no newer MariaDB was fetched by 'scripts/mysql-box --mariadb fetch', which says why")
    }
}
