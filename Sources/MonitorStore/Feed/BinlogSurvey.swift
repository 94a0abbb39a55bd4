/// What a server says of its binary log, and of the table that is watched in it.
struct BinlogSurvey {
    private let variables: [String: String]

    init(_ connection: MariaDBConnection) throws(SQLError) {
        // So, and not by name: not every server has all of them.
        let rows = try connection.execute(
            """
            SHOW GLOBAL VARIABLES WHERE Variable_name IN ('log_bin', 'server_id', 'binlog_format', \
            'log_slave_updates', 'log_replica_updates', 'gtid_slave_pos', 'wsrep_on', 'binlog_transaction_compression')
            """, [], keeps: false
        ).rows
        variables = Dictionary(rows.map { ($0[0].text ?? "", $0[1].text ?? "") }) { first, _ in first }
    }

    var serverID: UInt32? { variables["server_id"].flatMap(UInt32.init) }

    /// Why alarms can't be seen in this log; nil when they can.
    var obstacle: String? {
        if !isOn("log_bin") { return "the server writes no binary log; start it with log_bin and binlog_format=ROW" }
        if isOn("binlog_transaction_compression") {
            return "the server compresses its binary log; set binlog_transaction_compression=OFF"
        }
        return nil
    }

    /// What is seen at `check_interval` only, though there is a feed; nil where nothing is.
    var shortcoming: String? {
        var shortcomings: [String] = []
        if let format = variables["binlog_format"]?.uppercased(), format != "ROW" {
            shortcomings.append("alarms that triggers, views or functions set, until binlog_format=ROW")
        }
        let logsUpdates = isOn("log_slave_updates") || isOn("log_replica_updates")
        if !logsUpdates, isOn("wsrep_on") || variables["gtid_slave_pos", default: ""] != "" {
            shortcomings.append("alarms that other servers send to this one, until log_slave_updates=ON")
        }
        return shortcomings.isEmpty
            ? nil : "these are seen at check_interval only: \(shortcomings.joined(separator: "; "))"
    }

    private func isOn(_ name: String) -> Bool { ["ON", "1"].contains(variables[name]?.uppercased()) }
}

extension BinlogDecoder.AlarmColumn {
    /// Asks where the column is now; nil where there is none.
    init?(of table: String, _ connection: MariaDBConnection) throws(SQLError) {
        let columns = try connection.execute(
            """
            SELECT column_name FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name = ? \
            ORDER BY ordinal_position
            """, [.text(table)], keeps: false
        ).rows.map { $0.first?.text?.lowercased() }
        guard let index = columns.firstIndex(of: "alarma") else { return nil }
        self.init(index: index, count: columns.count)
    }
}
