import MonitorCore
import MonitorStore
import TestSupport
import Testing

/// Two servers, one a replica of the other, both in the list of hosts.
@Suite(.needsMariaDB) struct BinlogFailoverTests {
    /// The first is at 127.0.0.1, its replica at 127.0.0.2, both at the port of the first.
    private let primary: MariaDBServer
    private let replica: MariaDBServer
    private let settings: DatabaseSettings

    init() async throws {
        primary = try MariaDBServer(options: ["--server-id=1", "--log-slave-updates", "--sync-binlog=1"])
        replica = try MariaDBServer(options: [
            "--server-id=2", "--log-slave-updates", "--bind-address=127.0.0.2", "--port=\(primary.port)",
        ])
        try primary.sql("CREATE USER monitor@'%'")
        try primary.sql("GRANT ALL ON *.* TO monitor@'%'")
        try primary.sql("CREATE DATABASE tables")
        for table in ["PROCESE", "STATUS_PROCESS"] { try primary.sql(Schema.applicationTable(table), in: "tables") }
        try primary.sql("INSERT INTO PROCESE VALUES (1, 'a'), (2, 'b'), (3, 'c')", in: "tables")
        try primary.sql("INSERT INTO STATUS_PROCESS (process_id) VALUES (1), (2), (3)", in: "tables")
        try replica.sql(
            """
            CHANGE MASTER TO MASTER_HOST = '127.0.0.1', MASTER_PORT = \(primary.port), MASTER_USER = 'monitor', \
            MASTER_USE_GTID = slave_pos, MASTER_CONNECT_RETRY = 1
            """)
        try replica.sql("START SLAVE")
        var settings = DatabaseSettings()
        settings.backend = .mariadb
        settings.hosts = ["127.0.0.1", "127.0.0.2"]
        settings.port = primary.port
        settings.user = "monitor"
        settings.database = "tables"
        settings.connectTimeout = .seconds(2)
        self.settings = settings
    }

    private func raise(_ id: Int, on server: MariaDBServer) throws {
        try server.sql("UPDATE STATUS_PROCESS SET alarma = 1 WHERE process_id = \(id)", in: "tables")
    }

    /// Waits until the replica has what the primary has.
    private func catchUp() throws {
        let position = try primary.sql("SELECT @@GLOBAL.gtid_binlog_pos")[0][0].text ?? ""
        let result = try replica.sql("SELECT MASTER_GTID_WAIT('\(position)', 30)")
        try #require(result[0][0].integer == 0)
    }

    @Test func `the next server of the list takes over, from a look on, and back again`() async throws {
        try catchUp()
        let notices = Notices.following(settings)
        try await notices.wait(for: "feed.opened")
        try await notices.expectNotice(of: "an alarm on the first") { try raise(1, on: primary) }
        try catchUp()
        // The first look after the change of servers sees what was raised meanwhile.
        try await notices.expectNotice(of: "the second") {
            try primary.kill()
            try raise(2, on: replica)
        }
        try await notices.wait(for: "feed.opened", times: 2)
        #expect("\(notices.records("feed.opened")[1].fields)".contains("127.0.0.2"))
        try await notices.expectNotice(of: "an alarm on the second") { try raise(3, on: replica) }
        // Back: the first has none of the second's transactions, and another position.
        try primary.start()
        try replica.kill()
        try await notices.wait(for: "feed.opened", times: 3)
        try primary.sql("UPDATE STATUS_PROCESS SET alarma = 0", in: "tables")
        try await notices.expectNotice(of: "an alarm on the first again") { try raise(3, on: primary) }
        await notices.end()
    }

    @Test func `an alarm that comes by replication is noticed`() async throws {
        try catchUp()
        var settings = settings
        settings.hosts = ["127.0.0.2"]
        let notices = Notices.following(settings)
        try await notices.wait(for: "feed.opened")
        #expect(notices.records("feed.remark").isEmpty)
        try await notices.expectNotice(of: "an alarm on the other") { try raise(1, on: primary) }
        await notices.end()
    }
}
