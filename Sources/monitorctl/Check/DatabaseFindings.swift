internal import MonitorCore

/// What `check` says of the database and of what stands in it: privileges, tables, the daemon's sign of life, processes.
enum DatabaseFindings {
    static func findings(_ session: Session) async -> [Finding] {
        do {
            try session.requireDatabase()
            let capabilities = try await session.store.survey()
            let daemon = try await session.daemon()
            let processes = try await session.store.processes(named: nil)
            return findings(for: capabilities) + [
                try await ChangeFeedFinding.finding(session), finding(for: daemon, session),
            ]
                + ProcessFindings.findings(for: processes, session.configuration)
        } catch {
            return [Finding(.error, "database", "\(error)")]
        }
    }

    static func findings(for capabilities: StoreCapabilities) -> [Finding] {
        var findings = [Finding(.ok, "database", "\(capabilities.server) answers")]
        findings += capabilities.remarks.map { Finding(.warning, "database", $0) }
        if capabilities.persistsState, !capabilities.countsRevisions {
            findings.append(
                Finding(
                    .warning, "database", "no triggers count the alarms: one raised again is told by its note alone",
                    remedy: "'monitorctl init' by an administrator of the database"))
        }
        return findings
    }

    private static func finding(for daemon: DaemonLife, _ session: Session) -> Finding {
        let headline = daemon.headline(host: session.host, times: session.times)
        switch daemon {
        case .running: return Finding(.ok, "daemon", headline)
        case .unknown: return Finding(.note, "daemon", headline)
        case .stopped, .silent, .neverSeen:
            let start = HostFindings.hasSystemd ? "systemctl start monitord" : "start monitord"
            return Finding(.warning, "daemon", headline, remedy: start)
        }
    }
}
