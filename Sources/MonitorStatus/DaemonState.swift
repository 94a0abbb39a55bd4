package import MonitorCore

/// Whether the daemon of a host is alive, as far as its heartbeat shows.
package enum DaemonState: Sendable, Equatable, Codable {
    case running(Heartbeat)
    /// It was stopped, and said so.
    case stopped(Heartbeat)
    /// Its lease is over: it crashed, hangs, or can't reach the database.
    case silent(Heartbeat)
    /// A daemon runs on this host, and no heartbeat of it gets into the database: it can't write there, or has another
    /// `[monitor] host`.
    case unheard(Heartbeat?)
    /// No daemon ever made a heartbeat for this host.
    case neverSeen
    /// The store keeps no heartbeats: it has the two tables of the application alone.
    case unknown

    /// - Parameters:
    ///   - hasExited: its process is known to have ended, whatever the heartbeat says.
    ///   - isListening: a daemon listens on this host's wake socket.
    package init(_ heartbeat: Heartbeat?, now: Timestamp, hasExited: Bool = false, isListening: Bool = false) {
        switch heartbeat {
        case let heartbeat? where heartbeat.isAlive(at: now) && !hasExited: self = .running(heartbeat)
        case let heartbeat where isListening: self = .unheard(heartbeat)
        case let heartbeat? where heartbeat.state == .stopped: self = .stopped(heartbeat)
        case let heartbeat?: self = .silent(heartbeat)
        case nil: self = .neverSeen
        }
    }

    package var heartbeat: Heartbeat? {
        switch self {
        case .running(let heartbeat), .stopped(let heartbeat), .silent(let heartbeat): heartbeat
        case .unheard(let heartbeat): heartbeat
        case .neverSeen, .unknown: nil
        }
    }

    /// No daemon serves the alarms of this host, as far as is known.
    package var isDown: Bool {
        switch self {
        case .running, .unknown: false
        case .stopped, .silent, .unheard, .neverSeen: true
        }
    }

    /// The state in a word, for programs.
    package var word: String {
        switch self {
        case .running: "running"
        case .stopped: "stopped"
        case .silent: "silent"
        case .unheard: "unheard"
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
        case .unheard(let heartbeat):
            let last = heartbeat.map { "the last was \(Self.moment($0, times))" } ?? "there was none yet"
            return
                "monitord on \(host) runs, but its heartbeats don't get into the database (\(last)): it can't write "
                + "there, or has another [monitor] host"
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
