internal import MonitorCore

/// What `status` shows, whatever the form: the daemon, and the processes with the most urgent first.
struct StatusReport: Sendable, Equatable {
    struct Entry: Sendable, Equatable {
        var process: ProcessStatus
        var condition: Condition
    }

    var host: String
    var daemon: DaemonLife
    var entries: [Entry]

    /// - Parameter processes: in order of name; those that are as urgent as each other keep it.
    init(host: String, daemon: DaemonLife, processes: [ProcessStatus], now: Timestamp) {
        self.host = host
        self.daemon = daemon
        let conditions = processes.map { Condition(of: $0, daemon: daemon, now: now) }
        let byUrgency = Dictionary(grouping: processes.indices) { conditions[$0].urgency }
        entries = byUrgency.sorted { $0.key < $1.key }.flatMap(\.value).map {
            Entry(process: processes[$0], condition: conditions[$0])
        }
    }

    var hasAlarm: Bool { entries.contains { $0.process.alarm } }

    /// `4 processes: 2 in alarm (1 breaker open), 1 held, 1 ok`.
    var summary: String {
        if entries.isEmpty { return "no processes are monitored; monitorctl process add NAME adds one" }
        let alarms = entries.count { $0.process.alarm }
        var parts: [String] = []
        if alarms > 0 {
            let details = [
                Self.counted(entries.count { $0.condition.urgency == 0 }, "breaker open"),
                Self.counted(entries.count { $0.condition == .refused }, "refused"),
            ].compactMap(\.self)
            parts.append("\(alarms) in alarm" + (details.isEmpty ? "" : " (\(details.joined(separator: ", ")))"))
        }
        let held = entries.count { if case .held(_, inAlarm: false) = $0.condition { true } else { false } }
        parts += [Self.counted(held, "held")].compactMap(\.self)
        parts += [Self.counted(entries.count - alarms - held, "ok")].compactMap(\.self)
        return "\(entries.count) \(entries.count == 1 ? "process" : "processes"): \(parts.joined(separator: ", "))"
    }

    private static func counted(_ count: Int, _ what: String) -> String? { count > 0 ? "\(count) \(what)" : nil }
}
