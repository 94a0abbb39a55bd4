import Testing

@testable import MonitorCore

@Suite struct DurationTextTests {
    @Test(arguments: [
        ("0", Duration.zero), ("10", .seconds(10)), ("0.5", .milliseconds(500)), ("500ms", .milliseconds(500)),
        ("10s", .seconds(10)), ("5min", .seconds(300)), ("2h", .seconds(7200)), ("1d", .seconds(86400)),
        ("1.5h", .seconds(5400)), ("0.000000001", .nanoseconds(1)), ("0.25ms", .microseconds(250)),
    ])
    func `a number and a unit is a duration`(text: String, duration: Duration) throws {
        #expect(try Duration(parsing: text) == duration)
    }

    @Test(arguments: [
        "", "s", "ms", ".", ".5", "5.", "1.2.3", "-1", "+1", "1e3", "5 min", "5m", "5 minutes", "5MIN", "١٢", "0x10",
        "½",
        "0.0000000001", "99999999999999999999", "9223372036854775807d", "nan", "5min ",
    ])
    func `anything else is refused, with the form that is right`(text: String) {
        let error = #expect(throws: InvalidDuration.self) { try Duration(parsing: text) }
        #expect(error?.description.contains("500ms, 10s, 5min, 2h, 1d") == true)
    }

    @Test(arguments: [
        (Duration.zero, "0s"), (.milliseconds(500), "500ms"), (.seconds(90), "90s"), (.seconds(300), "5min"),
        (.seconds(7200), "2h"), (.seconds(86400), "1d"), (.milliseconds(1500), "1500ms"),
    ])
    func `it is written in its largest whole unit, and read back`(duration: Duration, text: String) throws {
        #expect(duration.written == text)
        #expect(try Duration(parsing: text) == duration)
    }
}
