internal import MonitorCore

/// Whether the daemon of a host is alive, as far as its heartbeat tells.
enum DaemonLife: Sendable, Equatable {
    case running(Heartbeat)
    /// It said goodbye.
    case stopped(Heartbeat)
    /// It is overdue: it crashed, hangs, or can't reach the database.
    case silent(Heartbeat)
    /// No daemon ever signed on this host.
    case neverSeen
    /// The store keeps no heartbeats: it has the two tables of the application alone.
    case unknown

    /// - Parameter isGone: its process is known to have ended, whatever the heartbeat says.
    init(_ beat: Heartbeat?, now: Timestamp, isGone: Bool = false) {
        guard let beat else {
            self = .neverSeen
            return
        }
        switch beat.state {
        case .stopped: self = .stopped(beat)
        case .running: self = beat.isAlive(at: now) && !isGone ? .running(beat) : .silent(beat)
        }
    }

    var beat: Heartbeat? {
        switch self {
        case .running(let beat), .stopped(let beat), .silent(let beat): beat
        case .neverSeen, .unknown: nil
        }
    }

    /// Nobody serves the alarms of this host, as far as is known.
    var isDown: Bool {
        switch self {
        case .running, .unknown: false
        case .stopped, .silent, .neverSeen: true
        }
    }

    /// A sentence for the head of a screen.
    func headline(host: String, times: TimeFormat) -> String {
        let host = host.escapedForDisplay(limit: 60)
        switch self {
        case .running(let beat):
            let poll = beat.lastPoll.map { "last poll \(times.relative($0)) (\(times.exact($0)))" } ?? "no poll yet"
            let version = beat.daemon.version.escapedForDisplay(limit: 20)
            return "monitord \(version) on \(host) is running, \(poll)"
        case .stopped(let beat):
            return "monitord on \(host) is NOT RUNNING: stopped, last poll \(Self.lastSeen(beat, times))"
        case .silent(let beat):
            return "monitord on \(host) is NOT RUNNING: last seen \(Self.lastSeen(beat, times))"
        case .neverSeen:
            return "monitord on \(host) is NOT RUNNING: it was never seen here"
        case .unknown:
            return "monitord on \(host): not known, the tables of the monitor are missing ('monitorctl init')"
        }
    }

    private static func lastSeen(_ beat: Heartbeat, _ times: TimeFormat) -> String {
        let moment = beat.lastPoll ?? beat.startedAt
        return "\(times.relative(moment)) (\(times.exact(moment)))"
    }
}
