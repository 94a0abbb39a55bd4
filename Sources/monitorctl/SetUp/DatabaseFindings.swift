import MonitorConfig
internal import MonitorCore
internal import MonitorStatus
internal import MonitorStore

/// What `check` says of the database and of what stands in it: privileges, tables, the daemon's heartbeat.
enum DatabaseFindings {
    /// - Returns: what is found, and what the database says of the daemon and the processes; nil where it can't be read.
    static func findings(
        _ session: Session
    ) async -> (findings: [Finding], contents: (daemon: DaemonState, processes: [ProcessStatus])?) {
        do {
            try session.requireDatabase()
            let capabilities = try await session.store.survey()
            let daemon = try await session.daemon()
            let processes = try await session.store.processes(named: nil)
            let findings =
                findings(for: capabilities) + [
                    try await ChangeFeedFinding.finding(session),
                    finding(
                        for: daemon, isListening: session.wakeSocket.state == .listening, host: session.host,
                        times: session.times),
                ]
            return (findings, (daemon, processes))
        } catch {
            return ([Finding(.error, "database", "\(error)".withStatementsBelow)], nil)
        }
    }

    static func findings(for capabilities: StoreCapabilities) -> [Finding] {
        var findings = [Finding(.ok, "database", "\(capabilities.server) answers")]
        findings += capabilities.remarks.map { Finding(.warning, "database", $0.withStatementsBelow) }
        if capabilities.persistsState, !capabilities.countsRevisions {
            findings.append(
                Finding(
                    .warning, "database", "no triggers count the alarms: one raised again is noticed by its note alone",
                    remedy: "'monitorctl init' by an administrator of the database"))
        }
        return findings
    }

    /// - Parameter isListening: a daemon listens on the wake socket of this host.
    static func finding(for daemon: DaemonState, isListening: Bool, host: String, times: TimeFormat) -> Finding {
        let headline = daemon.headline(host: host, times: times)
        switch daemon {
        case .running: return Finding(.ok, "daemon", headline)
        case .unknown: return Finding(.note, "daemon", headline)
        case .silent where isListening:
            return Finding(
                .error, "daemon",
                "\(headline); but a daemon listens on this host's wake socket: it can't write to the "
                    + "database, or has another [monitor] host", remedy: "monitord's log says why")
        case .stopped, .silent, .neverSeen:
            let start = HostFindings.hasSystemd ? "systemctl start monitord" : "start monitord"
            return Finding(.error, "daemon", headline, remedy: start)
        }
    }
}

/// What `check` says of the change feed: whether alarms can be seen when they are committed.
enum ChangeFeedFinding {
    static func finding(_ session: Session) async throws -> Finding {
        let settings = session.configuration.database
        guard settings.changeFeed != .off else { return finding(for: nil, .off) }
        let shortcoming = await shortcomingOfAlarmWatch(
            settings, path: session.paths.database,
            password: try settings.resolvedPassword(environment: session.environment))
        return finding(for: shortcoming, settings.changeFeed)
    }

    static func finding(for shortcoming: String?, _ wanted: DatabaseSettings.ChangeFeed) -> Finding {
        let subject = "change feed"
        guard wanted != .off else { return Finding(.note, subject, "off: alarms are seen at check_interval") }
        guard let shortcoming else { return Finding(.ok, subject, "alarms are seen when they are committed") }
        return Finding(wanted == .on ? .warning : .note, subject, shortcoming)
    }
}
