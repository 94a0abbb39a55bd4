import CMariaDB
import MonitorCore
import Testing

@testable import MonitorStore

@Suite struct ConnectorTests {
    @Test(
        arguments: [
            (.zero, 1), (.milliseconds(1), 1), (.seconds(1), 1), (.milliseconds(1001), 2), (.seconds(5), 5),
            (.seconds(-3), 1), (.milliseconds(-1), 1), (.seconds(Int64.max), 86_400),
        ] as [(Duration, UInt32)])
    func `a timeout is rounded up to whole seconds, and is never for ever`(duration: Duration, seconds: UInt32) {
        #expect(duration.wholeSecondsForConnector == seconds)
    }

    @Test(
        arguments: [
            ([], nil, ["localhost"]), ([], "/run/s", ["/run/s"]), (["localhost"], "/run/s", ["/run/s"]),
            (["db1"], "/run/s", ["db1:3307"]), (["127.0.0.1"], nil, ["127.0.0.1:3307"]),
            (["a", "localhost", "b"], nil, ["a:3307", "localhost", "b:3307"]),
        ] as [([String], String?, [String])])
    func `hosts are tried in order, over the socket where that is meant`(
        hosts: [String], socket: String?, expected: [String]
    ) {
        var settings = DatabaseSettings()
        settings.hosts = hosts
        settings.socket = socket
        settings.port = 3307
        #expect(MariaDBEndpoint.all(in: settings).map(\.description) == expected)
    }

    @Test(arguments: [
        (CR_CONNECTION_ERROR, StoreError.Code.unreachable, true), (CR_CONN_HOST_ERROR, .unreachable, true),
        (CR_SERVER_GONE_ERROR, .unreachable, true), (CR_SERVER_LOST, .unreachable, true),
        (CR_SSL_CONNECTION_ERROR, .unreachable, true), (ER_CON_COUNT_ERROR, .unreachable, true),
        (ER_TOO_MANY_USER_CONNECTIONS, .unreachable, true), (ER_SERVER_SHUTDOWN, .unreachable, true),
        (ER_UNKNOWN_COM_ERROR, .unreachable, true), (ER_ACCESS_DENIED_ERROR, .denied, true),
        (ER_DBACCESS_DENIED_ERROR, .denied, false), (ER_TABLEACCESS_DENIED_ERROR, .denied, false),
        (ER_COLUMNACCESS_DENIED_ERROR, .denied, false), (ER_SPECIFIC_ACCESS_DENIED_ERROR, .denied, false),
        (ER_NO_SUCH_TABLE, .schema, false), (ER_BAD_FIELD_ERROR, .schema, false), (ER_BAD_DB_ERROR, .schema, true),
        (ER_LOCK_DEADLOCK, .busy, false), (ER_LOCK_WAIT_TIMEOUT, .busy, false),
        (ER_OPTION_PREVENTS_STATEMENT, .unwritable, true), (ER_READ_ONLY_MODE, .unwritable, true),
        (ER_RECORD_FILE_FULL, .unwritable, false), (ER_DISK_FULL, .unwritable, false),
        (ER_TABLE_CORRUPT, .unwritable, false), (ER_CRASHED_ON_REPAIR, .unwritable, false),
        (ER_DUP_ENTRY, .duplicate, false), (ER_PARSE_ERROR, .rejected, false),
    ])
    func `an error of the server has its code`(number: Int32, code: StoreError.Code, ends: Bool) {
        let error = SQLError(mariaDBNumber: UInt32(number), message: "said", account: "'u'@'h'", database: "d")
        #expect(error.code == code)
        #expect(error.endsConnection == ends)
        #expect(error.number == number)
    }

    @Test func `the value of a key that exists already is not told`() {
        let error = SQLError(
            mariaDBNumber: UInt32(ER_DUP_ENTRY), message: "Duplicate entry 'secret' for key", account: "", database: "")
        #expect(!error.reason.contains("secret"))
    }

    @Test func `what a server says can't reach a terminal or forge a line of a log`() {
        let error = SQLError(
            mariaDBNumber: UInt32(ER_PARSE_ERROR), message: "near '\u{1b}[31m\nERROR'", account: "", database: "")
        #expect(error.reason == "near '\\u{1b}[31m\\u{a}ERROR' (1064)")
    }

    @Test func `a privilege that is missing is named with the statement that gives it`() {
        let error = SQLError(
            mariaDBNumber: UInt32(ER_COLUMNACCESS_DENIED_ERROR),
            message: "UPDATE command denied to user 'm'@'h' for column 'alarma' in table 'STATUS_PROCESS'",
            account: "'m'@'%'", database: "v")
        #expect(error.reason.hasSuffix("; GRANT SELECT, UPDATE (alarma, notes) ON `v`.`STATUS_PROCESS` TO 'm'@'%'"))
    }
}
