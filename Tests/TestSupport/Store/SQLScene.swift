package import MonitorCore
package import MonitorStore
package import MonitorStoreConformance

/// A database with the application's two tables as specified, gone when the scene is.
///
/// The monitor's own tables are made by the first store that is opened.
package final class SQLScene: StoreScene {
    package enum Backend: String, Sendable, CaseIterable { case mariadb, sqlite }

    package let settings: DatabaseSettings
    private let server: MariaDBServer?
    private let directory: TemporaryDirectory?

    private init(_ settings: DatabaseSettings, server: MariaDBServer?, directory: TemporaryDirectory?) {
        self.settings = settings
        self.server = server
        self.directory = directory
    }

    deinit {
        if let server { _ = try? server.sql("DROP DATABASE \(settings.database)") }
    }

    /// A scene in a new database, on the server that all tests share where none is given.
    package static func make(_ backend: Backend, on server: MariaDBServer? = nil) async throws -> SQLScene {
        let scene: SQLScene
        switch backend {
        case .mariadb:
            let server = if let server { server } else { try await MariaDBServer.shared }
            scene = SQLScene(try server.makeDatabase().settings(), server: server, directory: nil)
        case .sqlite:
            let directory = try TemporaryDirectory()
            var settings = DatabaseSettings()
            settings.path = "\(directory.path)/monitor.db"
            scene = SQLScene(settings, server: nil, directory: directory)
        }
        try scene.createTables()
        return scene
    }

    private func createTables() throws {
        let connection = try connection()
        for table in ["PROCESE", "STATUS_PROCESS"] { try connection.run(Schema.applicationTable(table)) }
        for (id, name) in AlarmStoreConformance.processes {
            let row: [SQLValue] = [.integer(id), .text(name)]
            _ = try connection.execute("INSERT INTO PROCESE VALUES (?, ?)", row, keeps: true)
            _ = try connection.execute("INSERT INTO STATUS_PROCESS (process_id) VALUES (?)", [row[0]], keeps: true)
        }
    }

    /// A connection as the application has one.
    package func connection() throws -> any SQLConnection {
        if let server { return try server.connection(to: settings.database) }
        return try SQLiteConnection(path: settings.path ?? "", queryTimeout: .seconds(10))
    }

    /// Runs a statement as the application does.
    @discardableResult
    package func sql(_ statement: String, _ parameters: SQLValue...) throws -> [[SQLValue]] {
        try connection().execute(statement, parameters, keeps: false).rows
    }

    /// A store for a host, on other settings where these are given.
    package func makeStore(
        host: String, machineID: String? = nil, settings: DatabaseSettings? = nil, password: Secret? = nil,
        historyRetention: Duration = .seconds(90 * 86400)
    ) -> any AlarmStore & ControlStore {
        let settings = settings ?? self.settings
        return MonitorStore.makeStore(
            settings, host: host, machineID: machineID, path: settings.path ?? "", password: password,
            historyRetention: historyRetention)
    }

    package let host: String? = "here"

    package func makeStore() -> any AlarmStore { makeStore(host: "here") }

    package func raise(_ processID: Int64, note: String?) throws {
        let id = SQLValue.integer(processID)
        if let note {
            try sql("UPDATE STATUS_PROCESS SET alarma = 1, notes = ? WHERE process_id = ?", .text(note), id)
        } else {
            try sql("UPDATE STATUS_PROCESS SET alarma = 1 WHERE process_id = ?", id)
        }
    }

    package func clear(_ processID: Int64) throws {
        try sql("UPDATE STATUS_PROCESS SET alarma = 0 WHERE process_id = ?", .integer(processID))
    }

    package func row(_ processID: Int64) throws -> StatusRow {
        let rows = try sql("SELECT alarma, notes FROM STATUS_PROCESS WHERE process_id = ?", .integer(processID))
        guard let row = rows.first else { throw TestFailure("there is no row of process \(processID)") }
        return StatusRow(alarm: row[0].integer == 1, notes: row[1].text)
    }
}
