internal import Glibc
internal import MonitorCore
internal import MonitorStore
internal import Synchronization
public import Testing

/// A MariaDB of the test's own: its files in a temporary directory, a Unix socket and a free port of the loopback.
///
/// It ends with the test's process at the latest. Its account `root` has no password and every privilege.
public final class MariaDBServer: Sendable {
    public let user = "root"
    public let password = ""
    public var port: UInt16 { reservation.port }
    public var socket: String { "\(directory.path)/s" }
    public var directoryPath: String { directory.path }

    private let directory: TemporaryDirectory
    private let reservation: LoopbackPort
    private let options: [String]
    private let process = Mutex<KeptProcess?>(nil)
    private let databases = Atomic(0)

    /// The server that all tests of this process share, each in a database of its own.
    public static func shared() async throws -> MariaDBServer { try await sharedServer.value }

    // Started by the first test that asks, for all the others too: no test is its parent.
    private static let sharedServer = Task { try await MariaDBServer() }

    /// Whether the programs are installed.
    public static let isAvailable = Program.areInstalled("mariadbd", "mariadb-install-db", "mariadb", "setpriv")

    /// Makes a server and starts it.
    ///
    /// - Parameter options: further options of `mariadbd`.
    public init(_ options: [String] = []) async throws {
        self.options = options
        directory = try TemporaryDirectory()
        reservation = try LoopbackPort()
        if getuid() == 0, let account = getpwnam("mysql") {
            chown(directory.path, account.pointee.pw_uid, account.pointee.pw_gid)
        }
        let installation = try await KeptProcess(
            ["mariadb-install-db"] + common + ["--auth-root-authentication-method=normal", "--skip-test-db"],
            user: "mysql", output: logFile)
        guard await installation.end() == 0 else { throw MariaDBServerFailed(log: logFile) }
        try await start()
    }

    private var logFile: String { "\(directory.path)/log" }

    private var common: [String] {
        // A server that starts removes every temporary table in its directory for those, other servers' too.
        [
            "--no-defaults", "--datadir=\(directory.path)/data", "--tmpdir=\(directory.path)",
            "--innodb-log-file-size=8M",
        ]
    }

    /// Starts it, and waits until it answers.
    public func start() async throws {
        // Small, and without fsync: what is committed survives a kill of the server, and no more is asked for.
        let ours = [
            "--socket=\(socket)", "--port=\(port)", "--bind-address=127.0.0.1", "--pid-file=\(directory.path)/pid",
            "--innodb-buffer-pool-size=16M", "--innodb-flush-log-at-trx-commit=2", "--performance-schema=OFF",
            "--skip-name-resolve",
        ]
        let process = try await KeptProcess(
            [Program.path(of: "mariadbd") ?? "mariadbd"] + common + ours + options, user: "mysql", output: logFile)
        self.process.withLock { $0 = process }
        let started = ContinuousClock.now
        while true {
            do {
                try await client().run("DO 1")
                return
            } catch _ where ContinuousClock.now - started < .seconds(30) && process.isRunning {
                try await Task.sleep(for: .milliseconds(20))
            } catch {
                throw MariaDBServerFailed(log: logFile)
            }
        }
    }

    /// Ends it, as `kill -9` does.
    public func kill() async {
        let process = process.withLock { $0 }
        process?.signal(SIGKILL)
        await process?.end()
    }

    /// Ends it, as an administrator does.
    public func stop() async {
        let process = process.withLock { $0 }
        process?.signal(SIGTERM)
        await process?.end()
    }

    /// Does something while the server is stopped in its tracks: connections stay, nothing is answered.
    package func whileStopped<T>(_ body: () async throws -> T) async throws -> T {
        let process = try #require(process.withLock { $0 })
        process.signal(SIGSTOP)
        defer { process.signal(SIGCONT) }
        // The signal takes effect on each thread when that runs next.
        while try !process.isStopped { try await Task.sleep(for: .milliseconds(1)) }
        return try await body()
    }

    /// Connects as root.
    package func client(database: String = "mysql") -> DatabaseClient {
        DatabaseClient(settings(database: database, user: user), password: nil)
    }

    /// Makes an empty database.
    package func makeDatabase(characterSet: String = "utf8mb4") async throws -> TestDatabase {
        let name = "test\(databases.add(1, ordering: .relaxed).newValue)"
        try await client().run("CREATE DATABASE \(name) CHARACTER SET \(characterSet)")
        return TestDatabase(name: name, server: self)
    }

    func settings(database: String, user: String) -> DatabaseSettings {
        var settings = DatabaseSettings()
        settings.backend = .mariadb
        settings.socket = socket
        settings.port = port
        settings.user = user
        settings.database = database
        return settings
    }
}

extension Trait where Self == ConditionTrait {
    /// Needs a MariaDB server to be installed.
    ///
    /// Such a suite is `.serialized` too: a hundred databases made at once take a server longer than its clients wait.
    public static var mariaDB: Self { .integration(with: "mariadbd", isAvailable: MariaDBServer.isAvailable) }
}

/// A server that did not start.
struct MariaDBServerFailed: Error, CustomStringConvertible {
    let description: String

    init(log path: String) {
        let log = (try? TextFile.read(path)) ?? ""
        description = "mariadbd did not start:\n\(log.suffix(2000))"
    }
}
