internal import MonitorCore

/// What `status --watch` shows: a pure value from which each frame is drawn anew.
struct WatchScreen: Sendable {
    /// What the store said last.
    private(set) var report: StatusReport?
    /// Why the store says nothing now, and since when.
    private(set) var outage: (since: Timestamp, reason: String)?

    init() {}

    mutating func show(_ report: StatusReport) {
        self.report = report
        outage = nil
    }

    /// The store can't be asked: what it said before stays on the screen.
    mutating func showOutage(_ reason: String, at now: Timestamp) {
        outage = (outage?.since ?? now, reason)
    }

    /// The lines of a screen of `rows` lines, the last one telling the time and how to leave.
    func lines(_ page: Page, rows: Int) -> [String] {
        let width = page.width ?? 80
        let warning =
            outage.map { outage in
                "no answer since \(page.times.full(outage.since)): \(outage.reason.escapedForDisplay())"
                    .wrapped(toWidth: width).map { page.styled($0, .alert) }
            } ?? []
        let footer = page.styled("\(page.times.exact(page.times.now))  q leaves".cut(toWidth: width), .faint)
        let room = max(0, rows - warning.count - 1)
        let body = report.map { StatusScreen($0, page).lines(fitting: room) } ?? (outage == nil ? ["…"] : [])
        return (warning + body + [footer]).suffix(rows)
    }

    /// A frame, to be written in one piece: each line over the old one, the rest of the screen cleared.
    ///
    /// Nothing is cleared before it is written over, so that nothing flickers.
    static func frame(_ lines: [String]) -> String {
        let toHome = "\u{1B}[H"
        let clearLine = "\u{1B}[K"
        let clearBelow = "\u{1B}[J"
        return toHome + lines.joined(separator: clearLine + "\r\n") + clearLine + clearBelow
    }
}
