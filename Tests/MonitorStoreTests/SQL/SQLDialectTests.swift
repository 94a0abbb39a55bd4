import MonitorCore
import Testing

@testable import MonitorStore

@Suite struct SQLDialectTests {
    @Test(arguments: [("plain", "`plain`"), ("a`b", "`a``b`"), ("a\"b", "`a\"b`"), ("", "``")])
    func `a name can't leave its quotes`(name: String, quoted: String) {
        #expect(SQLDialect.mariadb.quoted(name) == quoted)
    }

    @Test func `SQLite has quotes of its own`() {
        #expect(SQLDialect.sqlite.quoted("a\"b`c") == "\"a\"\"b`c\"")
    }

    @Test(
        arguments: [
            (nil, nil, CircuitBreaker.State.closed), ("closed", 5, .closed), ("open", 5, .open(until: .at(5))),
            ("half_open", 5, .halfOpen(deadline: .at(5))), ("open", nil, .open(until: .at(0))),
            ("nonsense", nil, .open(until: .at(0))),
        ] as [(String?, Int64?, CircuitBreaker.State)])
    func `a breaker's row that was written by hand is read all the same`(
        word: String?, until: Int64?, state: CircuitBreaker.State
    ) {
        #expect(CircuitBreaker.State(stored: word, until: until.map(Timestamp.at)) == state)
    }
}

extension Timestamp {
    fileprivate static func at(_ milliseconds: Int64) -> Timestamp { Timestamp(milliseconds: milliseconds) }
}
