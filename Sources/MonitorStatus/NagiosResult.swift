internal import MonitorCore

/// What a Nagios plugin says of a host: a status, one line with performance data, and more lines for whoever reads on.
///
/// - SeeAlso: the [plugin guidelines](https://www.monitoring-plugins.org/doc/guidelines.html)
package struct NagiosResult: Sendable, Equatable {
    /// The exit code of a plugin.
    package enum Status: Int32, Sendable, Comparable {
        case ok = 0
        case warning = 1
        case critical = 2
        case unknown = 3

        package var word: String {
            switch self {
            case .ok: "OK"
            case .warning: "WARNING"
            case .critical: "CRITICAL"
            case .unknown: "UNKNOWN"
            }
        }

        package static func < (a: Status, b: Status) -> Bool { a.rawValue < b.rawValue }
    }

    /// From how many alarms on a host is in trouble, whatever the states of its processes say.
    package struct Thresholds: Sendable, Equatable {
        package var warning: NagiosRange?
        package var critical: NagiosRange?

        package init(warning: NagiosRange? = nil, critical: NagiosRange? = nil) {
            self.warning = warning
            self.critical = critical
        }
    }

    package var status: Status
    package var text: String
    package var performance: [String] = []
    package var details: [String] = []

    /// Something could not be found out: neither good nor bad.
    package init(unknown text: String) {
        status = .unknown
        self.text = text
    }

    /// Judges a host: critical where no daemon serves its alarms, or one was given up (breaker open, refused); a warning
    /// where a process is in alarm, is being recovered, or is in alarm while it is held.
    package init(_ report: StatusReport, thresholds: Thresholds = Thresholds(), times: TimeFormat) {
        var status = Status.ok
        let alarms = report.entries.count { $0.process.alarm }
        for entry in report.entries { status = max(status, entry.state.nagiosStatus) }
        if thresholds.warning?.alerts(Double(alarms)) == true { status = max(status, .warning) }
        if thresholds.critical?.alerts(Double(alarms)) == true { status = max(status, .critical) }
        text = report.summary
        if report.daemon.isDown {
            status = .critical
            text = report.daemon.headline(host: report.host, times: times) + "; " + text
        } else if case .unknown = report.daemon {
            status = max(status, .warning)
            text = report.daemon.headline(host: report.host, times: times) + "; " + text
        }
        let troubled = report.entries.filter { $0.state.nagiosStatus != .ok }
        if let first = troubled.first {
            text += ": \(first.process.name.escapedForDisplay(limit: 60)) \(first.state.text(times, exact: false))"
        }
        self.status = status
        func count(_ label: String, _ states: (ProcessState) -> Bool) -> String {
            "\(label)=\(report.entries.count { states($0.state) });;;0"
        }
        let limits = "\(thresholds.warning?.text ?? "");\(thresholds.critical?.text ?? "")"
        performance = [
            "alarms=\(alarms);\(limits);0;\(report.entries.count)",
            count("breakers_open") { if case .breakerOpen = $0 { true } else { false } },
            count("refused") { $0 == .refused },
            count("recovering") { if case .recovering = $0 { true } else { false } },
            count("held") { if case .held = $0 { true } else { false } },
            "processes=\(report.entries.count);;;0",
        ]
        details = troubled.map { entry in
            let remarks = entry.remarks(times).first.map { " (\($0))" } ?? ""
            return "\(entry.process.name.escapedForDisplay()): \(entry.state.text(times, exact: true))\(remarks)"
        }
    }

    /// What the plugin prints: at most ``limit`` bytes, which every version of Nagios reads.
    package var output: String {
        // A bar begins the performance data, wherever it stands.
        func clean(_ text: String) -> String { text.map { $0 == "|" ? "/" : $0 }.reduce(into: "") { $0.append($1) } }
        var output = "MONITORD \(status.word): \(clean(text))"
        if !performance.isEmpty { output += " | " + performance.joined(separator: " ") }
        var left = details.count
        for line in details {
            let line = "\n" + clean(line)
            let rest = "\n… and \(left) more"
            if output.utf8.count + line.utf8.count + rest.utf8.count > Self.limit {
                output += rest
                break
            }
            output += line
            left -= 1
        }
        return output + "\n"
    }

    package static let limit = 4000
}

extension ProcessState {
    fileprivate var nagiosStatus: NagiosResult.Status {
        switch self {
        case .breakerOpen, .refused: .critical
        case .alarm, .recovering, .held(_, inAlarm: true): .warning
        case .held(_, inAlarm: false), .okBehindBreaker, .ok: .ok
        }
    }
}

/// A range of numbers that are fine, as the plugin guidelines write it: `10` = 0 to 10, `10:` = from 10 on, `~:10` = up to
/// 10, `10:20`; `@10:20` = all but those.
package struct NagiosRange: Sendable, Equatable {
    /// As it was written.
    package let text: String
    private let start: Double
    private let end: Double
    private let isInverted: Bool

    /// nil for what is no range.
    package init?(_ text: String) {
        self.text = text
        var rest = text[...]
        isInverted = rest.first == "@"
        if isInverted { rest = rest.dropFirst() }
        let parts = rest.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        switch parts.count {
        case 1:
            guard let end = Self.number(parts[0]) else { return nil }
            (start, self.end) = (0, end)
        default:
            guard let start = parts[0] == "~" ? -.infinity : Self.number(parts[0]),
                let end = parts[1].isEmpty ? .infinity : Self.number(parts[1])
            else { return nil }
            (self.start, self.end) = (start, end)
        }
        guard start <= end else { return nil }
    }

    /// Whether a value is one to alert on.
    package func alerts(_ value: Double) -> Bool { (value < start || value > end) != isInverted }

    private static func number(_ text: Substring) -> Double? {
        guard text.allSatisfy({ $0.isASCII && ($0.isNumber || $0 == "." || $0 == "-") }) else { return nil }
        return Double(text)
    }
}
