internal import CMariaDB
internal import MonitorCore

/// The events that a server writes to its binary log from now on, on a connection of their own.
///
/// Calls block. The server says once a heartbeat that it is alive; when nothing comes within the query timeout of the
/// settings, the connection counts as broken.
final class BinlogStream {
    /// What was reached, for people.
    var server: String { connection.server }
    /// What the server said of its log.
    let survey: BinlogSurvey
    /// The socket; of no more use when this is gone.
    var socket: CInt { CInt(connector.mysql_get_socket(connection.handle.pointer)) }

    private var isMariaDB: Bool { connector.mariadb_connection(connection.handle.pointer) != 0 }

    /// No event that is longer than this is taken: the connection breaks instead, and another one is made.
    private static let longestEvent: UInt = 16 << 20
    /// From this length on an event leaves behind more memory than an idle daemon should hold.
    private static let longEvent = 1 << 18

    /// The connection holds much memory, which only its end gives back.
    private(set) var isBloated = false

    private let connection: MariaDBConnection
    private let replication: UnsafeMutablePointer<MARIADB_RPL>
    private var event: [UInt8] = []

    /// Connects.
    ///
    /// - Parameter settings: the query timeout is longer than the heartbeat.
    init(_ settings: DatabaseSettings, password: DatabasePassword) throws(FeedError) {
        do throws(SQLError) {
            connection = try password.connect(settings)
            survey = try BinlogSurvey(connection)
            guard
                let replication = connector.mariadb_rpl_init_ex(connection.handle.pointer, UInt32(MARIADB_RPL_VERSION))
            else {
                throw SQLError(.rejected, reason: "Connector/C can't read binary logs")
            }
            self.replication = replication
        } catch {
            throw FeedError(error)
        }
        if let obstacle = survey.obstacle { throw FeedError(impossible: obstacle) }
    }

    deinit { connector.mariadb_rpl_close(replication) }

    /// Has the server send what is logged after this moment.
    ///
    /// - Parameters:
    ///   - readerID: under which the server knows this reader; one that comes later under the same ends this one.
    ///   - waits: for events to come; else the stream ends with the log.
    /// - Returns: what reads the events.
    func start(as readerID: UInt32, heartbeat: Duration, waits: Bool) throws(FeedError) -> BinlogDecoder {
        do throws(SQLError) {
            // The position first: what changes the table after this is in the log.
            try goToEnd(heartbeat: heartbeat)
            let names = try TableSurvey(connection).requiredApplication
            _ = monitor_rpl_set_server_id(connector, replication, readerID == survey.serverID ? ~readerID : readerID)
            _ = monitor_rpl_set_flags(connector, replication, waits ? 0 : UInt32(MARIADB_RPL_BINLOG_DUMP_NON_BLOCK))
            connection.handle.pointer.pointee.net.max_packet_size = Self.longestEvent
            try connection.answered(within: connection.queryTimeout) { connector.mariadb_rpl_open(replication) == 0 }
            return BinlogDecoder(schema: connection.database, table: names.status)
        } catch {
            throw withRemedy(error)
        }
    }

    /// Waits for the next event.
    ///
    /// - Returns: the event, from its header on; nil at the end of a log that is not waited for.
    func next() throws(FeedError) -> ArraySlice<UInt8>? {
        var length: UInt = 0
        do throws(SQLError) {
            try connection.answered(within: connection.queryTimeout) {
                length = connector.mysql_net_read_packet(connection.handle.pointer)
                return length < UInt(UInt32.max)  // packet_error, or the same as a long
            }
        } catch {
            throw withRemedy(error)
        }
        if length > Self.longEvent { isBloated = true }
        event.removeAll(keepingCapacity: event.capacity <= Self.longEvent)
        event.append(
            contentsOf: UnsafeBufferPointer(start: connection.handle.pointer.pointee.net.read_pos, count: Int(length)))
        // 0 stands before an event, 254 alone for the end.
        if event.count < 9, event.first == 254 { return nil }
        return event.dropFirst()
    }

    /// The log's end, as a GTID where the server has such: that needs no privilege to ask, and no file's name.
    private func goToEnd(heartbeat: Duration) throws(SQLError) {
        let (seconds, attoseconds) = heartbeat.components
        let nanoseconds = seconds * 1_000_000_000 + attoseconds / 1_000_000_000
        // MySQL calls "source" what MariaDB calls "master". A capability of 4 means: knows GTIDs.
        try connection.run(
            """
            SET @master_heartbeat_period = \(nanoseconds), @source_heartbeat_period = \(nanoseconds), \
            @master_binlog_checksum = @@GLOBAL.binlog_checksum, @source_binlog_checksum = @@GLOBAL.binlog_checksum, \
            @mariadb_slave_capability = 4
            """)
        if isMariaDB {
            try connection.run("SET @slave_connect_state = @@GLOBAL.gtid_binlog_pos")
            _ = monitor_rpl_set_start(connector, replication, "", 0, 4)
        } else {
            let end = try endOfFile()
            _ = monitor_rpl_set_start(connector, replication, end.file, end.file.utf8.count, end.position)
        }
    }

    private func endOfFile() throws(SQLError) -> (file: String, position: UInt) {
        let row: [SQLValue]?
        do {
            row = try connection.execute("SHOW MASTER STATUS", [], keeps: false).rows.first
        } catch let error where error.code == .rejected {
            // MySQL 8.4 has only the new name.
            row = try connection.execute("SHOW BINARY LOG STATUS", [], keeps: false).rows.first
        }
        guard let file = row?[0].text, let position = row?[1].integer else {
            throw SQLError(.rejected, reason: "the server does not say where its binary log ends")
        }
        return (file, UInt(position))
    }

    private func withRemedy(_ error: SQLError) -> FeedError {
        var error = error
        if error.code == .denied {
            let position = isMariaDB ? "" : ", REPLICATION CLIENT"
            error.reason += "; GRANT \(Grants.feed)\(position) ON *.* TO \(connection.account)"
        }
        return FeedError(error)
    }
}

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
            shortcomings.append("those that triggers, views or functions set, until binlog_format=ROW")
        }
        let logsUpdates = isOn("log_slave_updates") || isOn("log_replica_updates")
        if !logsUpdates, isOn("wsrep_on") || variables["gtid_slave_pos", default: ""] != "" {
            shortcomings.append("those that other servers send to this one, until log_slave_updates=ON")
        }
        return shortcomings.isEmpty
            ? nil : "these alarms are seen at check_interval: \(shortcomings.joined(separator: "; "))"
    }

    private func isOn(_ name: String) -> Bool { ["ON", "1"].contains(variables[name]?.uppercased()) }
}
