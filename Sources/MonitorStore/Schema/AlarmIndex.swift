/// An index on `alarma`, without which a poll reads every row.
enum AlarmIndex {
    /// Whether there is one, of ours or of the application's.
    static func exists(on status: String, in connection: any SQLConnection) throws(SQLError) -> Bool {
        let query =
            switch connection.dialect {
            case .mariadb:
                """
                SELECT 1 FROM information_schema.statistics WHERE table_schema = DATABASE() AND table_name = ? \
                AND column_name = 'alarma' AND seq_in_index = 1
                """
            case .sqlite:
                """
                SELECT 1 FROM pragma_index_list(?) AS l JOIN pragma_index_info(l.name) AS i \
                WHERE i.seqno = 0 AND i.name = 'alarma'
                """
            }
        return try !connection.execute(query, [.text(status)], keeps: false).rows.isEmpty
    }

    /// What a tool says where there is none.
    static let remark = """
        no index on 'alarma': every poll reads all rows of STATUS_PROCESS; 'monitorctl init' adds one
        """
}
