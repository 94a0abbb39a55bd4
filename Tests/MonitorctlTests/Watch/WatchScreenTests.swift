internal import MonitorCore
internal import MonitorStatus
internal import TestSupport
internal import Testing

@testable import monitorctl

@Suite struct WatchScreenTests {
    private let page = Fixtures.page(width: 80)

    @Test("it shows the status, and how to leave")
    func status() {
        var screen = WatchScreen()
        screen.show(Fixtures.report())
        let lines = screen.lines(page, rows: 40)
        #expect(lines.dropLast() == StatusScreen(Fixtures.report(), page).lines[...])
        #expect(lines.last == "12:27:05  q leaves")
    }

    @Test("it never has more lines than the terminal", arguments: 1...24)
    func rows(rows: Int) {
        var screen = WatchScreen()
        screen.show(Fixtures.report())
        #expect(screen.lines(page, rows: rows).count <= rows)
        screen.showOutage("cannot read the processes: connection refused", at: Fixtures.now)
        #expect(screen.lines(page, rows: rows).count <= rows)
    }

    @Test("an outage is told above what was known before, since when it lasts, until it is over")
    func outage() {
        var screen = WatchScreen()
        screen.show(Fixtures.report())
        screen.showOutage("cannot read the processes: connection refused", at: Fixtures.ago(.seconds(90)))
        screen.showOutage("cannot read the processes: timed out", at: Fixtures.now)
        let lines = screen.lines(page, rows: 40)
        #expect(
            lines.first == "no answer since 12:25:35 (2 min ago): cannot read the processes: timed out")
        #expect(lines[1].hasPrefix("monitord 1.0.0 on web1"))
        screen.show(Fixtures.report())
        #expect(screen.lines(page, rows: 40)[0].hasPrefix("monitord 1.0.0 on web1"))
    }

    @Test("a frame clears no line before it is written over")
    func frame() {
        #expect(WatchScreen.frame(["one", "two"]) == "\u{1B}[Hone\u{1B}[K\r\ntwo\u{1B}[K\u{1B}[J")
    }
}
