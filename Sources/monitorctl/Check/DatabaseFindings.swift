internal import MonitorCore

/// What `check` says of the database and of what stands in it: privileges, tables, the daemon's sign of life, processes.
enum DatabaseFindings {
    static func findings(_ session: Session) async -> [Finding] {
        do throws(StoreError) {
            let capabilities = try await session.store.open()
            let daemon = try await session.daemon()
            let processes = try await session.store.processes(named: nil)
            return findings(for: capabilities) + [finding(for: daemon, session)]
                + ProcessFindings.findings(for: processes, session.configuration)
        } catch {
            return [Finding(.error, "database", error.description)]
        }
    }

    static func findings(for capabilities: StoreCapabilities) -> [Finding] {
        [Finding(.ok, "database", "\(capabilities.server) answers")]
            + capabilities.remarks.map { Finding(.warning, "database", $0) }
    }

    private static func finding(for daemon: DaemonLife, _ session: Session) -> Finding {
        let headline = daemon.headline(host: session.host, times: session.times)
        return daemon.isDown
            ? Finding(.warning, "daemon", headline, remedy: "systemctl start monitord")
            : Finding(.ok, "daemon", headline)
    }
}
