internal import MonitorCore

/// What `MONITOR_SCHEMA` says of the tables.
struct SchemaState {
    enum Item: String {
        case version
        case countsRevisions = "counts_revisions"
    }

    /// The version of the monitor's tables; 0 where there are none, or none that this account may see.
    let version: Int
    /// The triggers were created.
    let countsRevisions: Bool

    /// Reads it.
    ///
    /// - Throws: `schema` when the tables are of a version that this build does not know.
    init(_ connection: any SQLConnection) throws(SQLError) {
        let items: [String: Int64]
        do {
            let rows = try connection.execute("SELECT item, value FROM MONITOR_SCHEMA", [], keeps: false).rows
            items = Dictionary(rows.map { ($0[0].text ?? "", $0[1].integer ?? 0) }) { first, _ in first }
        } catch let error where error.code == .schema || error.code == .denied {
            items = [:]
        }
        version = max(0, Int(items[Item.version.rawValue] ?? 0))
        countsRevisions = items[Item.countsRevisions.rawValue] == 1
        guard version <= Schema.version else {
            throw SQLError(
                .schema,
                reason: """
                    the tables of the monitor are of version \(version), this program knows version \
                    \(Schema.version): install the newer program
                    """)
        }
    }

    static func set(_ item: Item, to value: Int64, in connection: any SQLConnection) throws(SQLError) {
        let row: [SQLValue] = [.integer(value), .text(item.rawValue)]
        let update = "UPDATE MONITOR_SCHEMA SET value = ? WHERE item = ?"
        guard try connection.execute(update, row, keeps: false).affectedRows == 0 else { return }
        _ = try connection.execute("INSERT INTO MONITOR_SCHEMA (value, item) VALUES (?, ?)", row, keeps: false)
    }

    /// The tables are there, of an older version, which only an upgrade makes usable.
    var isOutdated: Bool { version > 0 && version < Schema.version }

    /// The answer of a program that may not bring the tables to its version.
    var outdated: SQLError {
        SQLError(
            .schema,
            reason: """
                the tables of the monitor are of version \(version), this program needs version \(Schema.version): \
                stop every older monitord, then let an administrator run 'monitorctl init'
                """)
    }

    /// The triggers on `STATUS_PROCESS` that are missing, as far as this account may see.
    func missingTriggers(on status: String, in connection: any SQLConnection) throws(SQLError) -> [Schema.Trigger] {
        let present = try presentTriggers(on: status, in: connection)
        return Schema.triggers(in: connection.dialect, on: status).filter { !present.contains($0.name) }
    }

    /// The triggers on `STATUS_PROCESS` of an older version.
    func formerTriggers(on status: String, in connection: any SQLConnection) throws(SQLError) -> [String] {
        try presentTriggers(on: status, in: connection).filter(Schema.formerTriggers.contains)
    }

    private func presentTriggers(on status: String, in connection: any SQLConnection) throws(SQLError) -> [String] {
        try connection.execute(connection.dialect.triggers, [.text(status)], keeps: false).rows.compactMap(
            \.first?.text)
    }
}

/// An index on `alarma`, without which a poll reads every row.
enum AlarmIndex {
    /// Whether there is one, of ours or of the application's.
    static func exists(on status: String, in connection: any SQLConnection) throws(SQLError) -> Bool {
        try !connection.execute(connection.dialect.alarmIndex, [.text(status)], keeps: false).rows.isEmpty
    }

    /// What a tool says where there is none.
    static let remark = """
        no index on 'alarma': every poll reads all rows of STATUS_PROCESS; 'monitorctl init' adds one
        """
}
