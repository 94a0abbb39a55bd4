package import MonitorCore

/// Whether the daemon of a host is alive, as far as its heartbeat tells.
package enum DaemonState: Sendable, Equatable, Codable {
    case running(Heartbeat)
    /// It was stopped, and said so.
    case stopped(Heartbeat)
    /// Its lease is over: it crashed, hangs, or can't reach the database.
    case silent(Heartbeat)
    /// No daemon ever made a heartbeat for this host.
    case neverSeen
    /// The store keeps no heartbeats: it has the two tables of the application alone.
    case unknown

    /// - Parameter hasExited: its process is known to have ended, whatever the heartbeat says.
    package init(_ heartbeat: Heartbeat?, now: Timestamp, hasExited: Bool = false) {
        guard let heartbeat else {
            self = .neverSeen
            return
        }
        switch heartbeat.state {
        case .stopped: self = .stopped(heartbeat)
        case .running: self = heartbeat.isAlive(at: now) && !hasExited ? .running(heartbeat) : .silent(heartbeat)
        }
    }

    package var heartbeat: Heartbeat? {
        switch self {
        case .running(let heartbeat), .stopped(let heartbeat), .silent(let heartbeat): heartbeat
        case .neverSeen, .unknown: nil
        }
    }

    /// No daemon serves the alarms of this host, as far as is known.
    package var isDown: Bool {
        switch self {
        case .running, .unknown: false
        case .stopped, .silent, .neverSeen: true
        }
    }

    /// The state in a word, for programs.
    package var word: String {
        switch self {
        case .running: "running"
        case .stopped: "stopped"
        case .silent: "silent"
        case .neverSeen: "never_seen"
        case .unknown: "unknown"
        }
    }

    /// A sentence for the head of a screen.
    package func headline(host: String, times: TimeFormat) -> String {
        let host = host.escapedForDisplay(limit: 60)
        switch self {
        case .running(let heartbeat):
            let version = heartbeat.daemon.version.escapedForDisplay(limit: 20)
            let polled = heartbeat.lastPoll == nil ? ", no poll yet" : ""
            return
                "monitord \(version) on \(host) is running, last heartbeat \(Self.moment(heartbeat, times))\(polled)"
        case .stopped(let heartbeat):
            return "monitord on \(host) is NOT RUNNING: it was stopped \(Self.moment(heartbeat, times))"
        case .silent(let heartbeat):
            return "monitord on \(host) is NOT RUNNING: last heartbeat \(Self.moment(heartbeat, times))"
        case .neverSeen:
            return "monitord on \(host) is NOT RUNNING: it was never seen here"
        case .unknown:
            return "monitord on \(host): not known, the tables of the monitor are missing ('monitorctl init')"
        }
    }

    private static func moment(_ heartbeat: Heartbeat, _ times: TimeFormat) -> String {
        // A clock that was set back since puts it into the future.
        "\(times.relative(min(heartbeat.madeAt, times.now))) (\(times.exact(heartbeat.madeAt)))"
    }
}
