import Glibc

/// monitord, as `make install` installs it and systemd runs it.
enum Monitor {
    static let unit = "monitord.service"
    private static let file = "/etc/monitord/config.ini"

    /// What differs between the measurements.
    struct Settings {
        var database: String
        var changeFeed = false
        var checkInterval = 300
        var concurrentRestarts = 4
        /// Sections to follow: those of checks, and of their processes.
        var sections = ""
    }

    /// Whether this build of monitord has a change feed.
    static let knowsChangeFeed: Bool = {
        let probe = "/tmp/probe.ini"
        guard (try? write("[database]\nsocket = /nowhere\nchange_feed = on\n", to: probe)) != nil else { return false }
        return (try? Program.run("monitord", "--config", probe, "--check-config")) != nil
    }()

    static func configure(_ settings: Settings) throws {
        let feed = knowsChangeFeed ? "change_feed = \(settings.changeFeed ? "on" : "off")" : ""
        try write(
            """
            [database]
            socket = \(DatabaseServer.socket)
            user = root
            database = \(settings.database)
            \(feed)
            [monitor]
            check_interval = \(settings.checkInterval)
            max_concurrent_restarts = \(settings.concurrentRestarts)
            relapse_window = 0
            [process.default]
            restart_strategy = service
            health_check_command = systemctl is-active %s
            \(settings.sections)

            """, to: file)
    }

    /// Starts it, anew where it runs; returns when it is ready.
    static func start(_ settings: Settings) throws {
        try configure(settings)
        try Program.run("systemctl", "restart", unit)
    }

    static func stop() throws { try Program.run("systemctl", "stop", unit) }

    /// Sends the packet that means "poll now".
    static func wake() {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array("/run/monitord/wake".utf8)) }
        let descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        defer { close(descriptor) }
        _ = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                sendto(descriptor, nil, 0, 0, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
    }
}
