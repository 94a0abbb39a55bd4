extension Schema {
    /// A table as it is created; moments are milliseconds since 1970, UTC.
    struct Table: Sendable {
        let name: String
        let columns: [String]
        /// Name and columns of each index.
        var indexes: [(name: String, columns: String)] = []
        var uniqueIndexes: [(name: String, columns: String)] = []

        func statements(in dialect: SQLDialect) -> [String] {
            switch dialect {
            case .mariadb:
                // MySQL has no CREATE INDEX IF NOT EXISTS: the indexes are part of the table.
                let keys =
                    uniqueIndexes.map { "UNIQUE KEY \($0.name) (\($0.columns))" }
                    + indexes.map { "KEY \($0.name) (\($0.columns))" }
                let suffix = " ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin"
                return [create(columns.map { $0.replacing(Self.counter, with: "AUTO_INCREMENT") } + keys) + suffix]
            case .sqlite:
                let columns = columns.map { $0.replacing("BIGINT NOT NULL \(Self.counter)", with: "INTEGER") }
                return [create(columns)]
                    + uniqueIndexes.map { "CREATE UNIQUE INDEX IF NOT EXISTS \($0.name) ON \(name) (\($0.columns))" }
                    + indexes.map { "CREATE INDEX IF NOT EXISTS \($0.name) ON \(name) (\($0.columns))" }
            }
        }

        private func create(_ lines: [String]) -> String {
            "CREATE TABLE IF NOT EXISTS \(name) (\n  \(lines.joined(separator: ",\n  "))\n)"
        }

        /// Stands for the words that make a column count by itself.
        static let counter = "COUNTER"
    }

    static let firstTables = [
        // 'version' and 'counts_revisions' (1 = the triggers were created).
        Table(name: "MONITOR_SCHEMA", columns: ["item VARCHAR(32) NOT NULL PRIMARY KEY", "value BIGINT NOT NULL"]),
        Table(
            name: "MONITOR_ALARM",
            columns: ["process_id BIGINT NOT NULL PRIMARY KEY", "revision BIGINT NOT NULL", "raised_at BIGINT NULL"]),
        Table(
            name: "MONITOR_BREAKER",
            columns: [
                "host VARCHAR(190) NOT NULL", "process_id BIGINT NOT NULL", "state VARCHAR(16) NOT NULL",
                "failures BIGINT NOT NULL", "generation BIGINT NOT NULL", "openings BIGINT NOT NULL",
                "until_at BIGINT NULL", "provisional_success BIGINT NULL", "in_flight_since BIGINT NULL",
                "in_flight_instance VARCHAR(64) NULL", "PRIMARY KEY (host, process_id)",
            ]),
        Table(
            name: "MONITOR_HOLD",
            columns: [
                "host VARCHAR(190) NOT NULL", "process_id BIGINT NOT NULL", "held_since BIGINT NOT NULL",
                "held_until BIGINT NULL", "reason VARCHAR(500) NULL", "held_by VARCHAR(100) NULL",
                "PRIMARY KEY (host, process_id)",
            ]),
        Table(
            name: "MONITOR_HISTORY",
            columns: [
                "id BIGINT NOT NULL \(Table.counter) PRIMARY KEY", "host VARCHAR(190) NOT NULL",
                "process_id BIGINT NOT NULL", "process_name VARCHAR(100) NOT NULL", "kind VARCHAR(16) NOT NULL",
                "happened_at BIGINT NOT NULL", "duration BIGINT NOT NULL", "attempts BIGINT NOT NULL",
                "detail TEXT NOT NULL", "report_id VARCHAR(64) NULL", "alarm_result VARCHAR(16) NULL",
                "breaker_applied TINYINT NULL",
            ],
            indexes: [
                ("MONITOR_HISTORY_PROCESS", "host, process_id, id"), ("MONITOR_HISTORY_AGE", "host, happened_at"),
            ],
            uniqueIndexes: [("MONITOR_HISTORY_REPORT", "report_id")]),
        Table(
            name: "MONITOR_DAEMON",
            columns: [
                "host VARCHAR(190) NOT NULL", "instance VARCHAR(64) NOT NULL", "pid BIGINT NOT NULL",
                "version VARCHAR(64) NOT NULL", "state VARCHAR(16) NOT NULL", "started_at BIGINT NOT NULL",
                "last_poll BIGINT NULL", "next_beat_by BIGINT NOT NULL", "PRIMARY KEY (host, instance)",
            ]),
    ]
}
