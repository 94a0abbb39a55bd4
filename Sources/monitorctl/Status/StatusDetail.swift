internal import MonitorCore

/// All that is known of one process, as a block of lines: what `status NAME` shows.
struct StatusDetail {
    var entry: StatusReport.Entry
    var daemon: DaemonLife
    var policy: BreakerPolicy
    var checkInterval: Duration
    var page: Page

    /// The block, its first line the name.
    var lines: [String] {
        let process = entry.process
        let title = page.styled(process.name.escapedForDisplay(), .heading) + " (process \(process.processID))"
        let state = entry.condition.text(page.times, exact: false)
        return [title] + field("State", [state], entry.condition.style)
            + field("Alarm", [alarm])
            + field("Note", process.notes?.paragraphsForDisplay ?? [])
            + field("Breaker", [breaker])
            + field("Hold", [hold])
            + field("Last outcome", [lastOutcome])
            + field("Detail", process.last?.detail.paragraphsForDisplay ?? [])
            + field("Next", [next])
    }

    private static let labelWidth = 16

    /// A label with its text, or nothing where there is none.
    private func field(_ label: String, _ paragraphs: [String?], _ style: TextStyle = .plain) -> [String] {
        let lines = paragraphs.compactMap(\.self).flatMap { paragraph in
            page.width.map { paragraph.wrapped(toWidth: $0 - Self.labelWidth) } ?? [paragraph]
        }
        return lines.enumerated().map { index, part in
            (index == 0 ? "  " + label : "").padded(toWidth: Self.labelWidth) + page.styled(part, style)
        }
    }

    private var alarm: String? {
        guard entry.process.alarm else { return nil }
        return entry.process.raisedAt.map { "raised \(page.times.full($0))" } ?? "raised, not known when"
    }

    private var breaker: String? {
        let breaker = entry.process.breaker
        let count = "\(breaker.failures) of \(policy.maxFailures) failures"
        return switch breaker.state {
        case .closed where breaker.failures == 0: nil
        case .closed: "closed, \(count)"
        case .open(let until):
            "open until \(page.times.full(until)), after \(breaker.failures) failures in a row"
                + (breaker.openings > 1 ? ", opened \(breaker.openings) times without a lasting success" : "")
        case .halfOpen(let deadline): "half open: one trial, to be over by \(page.times.full(deadline))"
        }
    }

    private var hold: String? {
        guard let hold = entry.process.hold else { return nil }
        var parts = ["since \(page.times.full(hold.since))"]
        if let by = hold.by { parts.append("by \(by.escapedForDisplay(limit: 60))") }
        if let until = hold.until {
            parts.append("\(hold.holds(at: page.times.now) ? "until" : "ended") \(page.times.full(until))")
        }
        return parts.joined(separator: ", ") + (hold.reason.map { ": \($0.escapedForDisplay())" } ?? "")
    }

    private var lastOutcome: String? {
        guard let last = entry.process.last else { return nil }
        let attempts = last.attempts == 1 ? "1 attempt" : "\(last.attempts) attempts"
        let effort = last.attempts > 0 ? ", \(attempts) in \(TimeFormat.took(last.duration))" : ""
        return "\(last.kind.rawValue) \(page.times.full(last.at))\(effort)"
    }

    /// What happens next if nobody does anything, and what somebody can do.
    private var next: String? {
        // Only a name that no shell could misread stands in a command that somebody may paste.
        let name = (try? ProcessName(entry.process.name))?.rawValue ?? "NAME"
        if daemon.isDown, entry.process.alarm { return "nothing: monitord is not running" }
        switch entry.condition {
        case .ok, .okBehindBreaker: return nil
        case .recovering: return "the recovery ends within \(TimeFormat.length(policy.trialLimit))"
        case .breakerOpen(let until):
            let trial =
                until > page.times.now ? "one trial \(page.times.relative(until))" : "one trial at the next poll"
            return "\(trial); `monitorctl reset \(name)` closes the breaker now"
        case .refused: return "nothing, until the cause is mended: the note tells it"
        case .held(let hold, let inAlarm):
            let end = hold.until.map { "\(page.times.relative($0))" } ?? "once released"
            return inAlarm ? "recovered \(end); `monitorctl release \(name)` ends the hold now" : nil
        case .alarm:
            guard let poll = daemon.beat?.lastPoll else { return "recovered at the next poll" }
            return "recovered at the next poll, \(page.times.relative(max(page.times.now, poll + checkInterval)))"
        }
    }
}
