package import MonitorCore

/// What is true of a host, whatever shows it: the daemon, and the processes with the most urgent first.
package struct StatusReport: Sendable, Equatable, Codable {
    package struct Entry: Sendable, Equatable, Codable {
        package var process: ProcessStatus
        package var state: ProcessState
        /// How its checks stand, in order of name.
        package var checks: [CheckRecord] = []
    }

    package var host: String
    package var daemon: DaemonState
    package var entries: [Entry]
    /// What stands in the application's table and is served by no daemon.
    package var unserved: [UnservedRow]

    /// - Parameter processes: in order of name; those that are as urgent as each other keep it.
    package init(
        host: String, daemon: DaemonState, processes: [ProcessStatus], checks: [CheckRecord] = [],
        unserved: [UnservedRow] = [], now: Timestamp
    ) {
        self.host = host
        self.daemon = daemon
        self.unserved = unserved
        let states = processes.map { ProcessState(of: $0, daemon: daemon, now: now) }
        let byUrgency = Dictionary(grouping: processes.indices) { states[$0].urgency }
        entries = byUrgency.sorted { $0.key < $1.key }.flatMap(\.value).map {
            Entry(process: processes[$0], state: states[$0])
        }
        guard !checks.isEmpty else { return }
        let byProcess = Dictionary(grouping: checks, by: \.processID)
        for index in entries.indices { entries[index].checks = byProcess[entries[index].process.processID] ?? [] }
    }

    package var hasAlarm: Bool { entries.contains { $0.process.alarm } || unserved.contains { $0.alarm == "1" } }

    /// `4 processes: 2 in alarm (1 breaker open), 1 held, 1 ok`.
    package var summary: String {
        if entries.isEmpty { return "no processes are monitored; monitorctl process add NAME adds one" }
        let alarms = entries.count { $0.process.alarm }
        var parts: [String] = []
        if alarms > 0 {
            let details = [
                Self.counted(entries.count { $0.state.urgency == 0 }, "breaker open"),
                Self.counted(entries.count { $0.state == .refused }, "refused"),
            ].compactMap(\.self)
            parts.append("\(alarms) in alarm" + (details.isEmpty ? "" : " (\(details.joined(separator: ", ")))"))
        }
        let held = entries.count { if case .held(_, inAlarm: false) = $0.state { true } else { false } }
        parts += [Self.counted(held, "held")].compactMap(\.self)
        parts += [Self.counted(entries.count - alarms - held, "ok")].compactMap(\.self)
        return "\(entries.count) \(entries.count == 1 ? "process" : "processes"): \(parts.joined(separator: ", "))"
    }

    private static func counted(_ count: Int, _ what: String) -> String? { count > 0 ? "\(count) \(what)" : nil }
}

extension StatusReport.Entry {
    /// What stands beside the process in a list: why it is held, and its note.
    package func remarks(_ times: TimeFormat) -> [String] {
        let notes = process.notes?.paragraphsForDisplay.map(times.inThisZone) ?? []
        guard case .held(let hold, _) = state, let reason = hold.reason else { return notes }
        return ["held: \(reason)".escapedForDisplay()] + notes
    }
}

extension UnservedRow {
    /// What is wrong with it, for people.
    package var complaint: String {
        let id = processID.map { "process_id \($0)" } ?? "process_id NULL"
        guard alarm == "1" else {
            let name = name.map { " ('\($0.escapedForDisplay(limit: 60))')" } ?? ""
            let value = alarm?.escapedForDisplay(limit: 20) ?? "NULL"
            return "alarma of \(id)\(name) is \(value): only 1 is an alarm, and 0 none"
        }
        return "an alarm stands for \(id), and no row of PROCESE has it: nothing is restarted"
    }

    /// What mends it.
    package var remedy: String {
        let row = processID.map { "process_id = \($0)" } ?? "process_id IS NULL"
        return alarm == "1"
            ? "monitorctl process add NAME --id ID, or DELETE FROM STATUS_PROCESS WHERE \(row)"
            : "UPDATE STATUS_PROCESS SET alarma = 0 WHERE \(row); 1 where it was to be an alarm"
    }
}

/// How recoveries ended, which breakers opened, and what operators did, the last that ended first.
package struct HistoryReport: Sendable, Equatable, Codable {
    package var host: String
    package var entries: [Event]

    /// - Parameter entries: in any order.
    package init(host: String, entries: [Event]) {
        self.host = host
        // Of those that ended in the same moment, the order of the store is kept.
        self.entries = entries.enumerated().sorted {
            ($1.element.at, $0.offset) < ($0.element.at, $1.offset)
        }.map(\.element)
    }
}

extension Event {
    /// What happened, and by whose hand.
    package var fullDetail: String {
        let text = detail.isEmpty ? breakerCause : detail
        return [actor.flatMap { $0.isEmpty ? nil : "by \($0)" }, text].compactMap(\.self).joined(separator: ": ")
    }

    /// Why a breaker opened, where the event says no more than that.
    private var breakerCause: String? {
        guard kind == .breakerOpened else { return nil }
        return switch code {
        case .failures: "too many failures in a row"
        case .relapse: "in alarm again too soon after a recovery"
        case .trialFailed: "the trial recovery failed"
        case .trialInterrupted: "the trial recovery was cut off"
        default: code?.rawValue
        }
    }

    /// How long it took, and in how many attempts: `14.3 s, 2 attempts`.
    package var effort: String {
        guard attempts > 0 else { return "-" }
        let took = TimeFormat.took(duration)
        return attempts == 1 ? took : "\(took), \(attempts) attempts"
    }
}
