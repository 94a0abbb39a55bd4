import MonitorCore
import Testing

@testable import MonitorSystemd

/// What is said of a unit, and taken from what it says of itself.
@Suite struct UnitWordsTests {
    private let unit = UnitName(process: try! ProcessName("httpd"))

    @Test(arguments: [
        ([], "it exited with 3 (unit httpd.service)"),
        (["port in use"], "it exited with 3: port in use (unit httpd.service)"),
        (["c", "b", "a"], "it exited with 3: c (unit httpd.service; before that: a / b)"),
    ])
    func `a reason is told with the last line first`(lines: [String], text: String) {
        #expect(LastLines(newestFirst: lines).explaining("it exited with 3", of: unit) == text)
    }

    @Test func `lines steer no terminal and have an end`() {
        let lines = LastLines(newestFirst: ["\u{1B}[31m" + String(repeating: "x", count: 500), ""])
        #expect(lines.newestFirst.count == 1)
        #expect(lines.text.hasPrefix("\\u{1b}[31m"))
        #expect(lines.text.unicodeScalars.count == 200)
    }

    @Test(arguments: [
        ("notify", true), ("notify-reload", true), ("dbus", true), ("oneshot", true), ("simple", false),
        ("exec", false),
        ("forking", false), ("idle", false), ("", false), ("a-new-word", false),
    ])
    func `a start proves readiness where its type waits for it`(type: String, isProven: Bool) {
        let listing = UnitListing(
            id: "httpd.service", loadState: "loaded", activeState: "active", subState: "running", path: "/", job: nil)
        #expect(UnitFacts(listing: listing, type: type).startProvesReadiness == isProven)
    }

    @Test func `a wait becomes slow once`() throws {
        var slow = JobWait(for: unit, of: try ProcessName("httpd"), slowAfter: .zero)
        let answers = (0..<2).map { _ in slow.becomesSlow() }
        #expect(answers == [true, false])
        var quick = JobWait(for: unit, of: try ProcessName("httpd"), slowAfter: .seconds(600))
        let isSlow = quick.becomesSlow()
        #expect(!isSlow)
    }
}
