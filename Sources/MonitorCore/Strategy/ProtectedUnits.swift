/// What must never be restarted, whatever a configuration or a database says: restarting it would end the machine's
/// own management, or the monitor itself.
///
/// The names of units and those of processes are judged by the same list, for every strategy alike. What else must be
/// spared is for `allow` and `deny` to say.
package struct ProtectedUnits: Sendable {
    /// The services that this process runs in, without `.service`.
    private let own: Set<String>

    /// - Parameter own: the units that this process runs in.
    package init(own: Set<String>) { self.own = Set(own.map(Self.stem)) }

    /// Takes the services from the text of `/proc/PID/cgroup`.
    package init(controlGroups text: String) {
        let names = text.split(whereSeparator: { $0 == "/" || $0 == "\n" }).filter { $0.hasSuffix(".service") }
        self.init(own: Set(names.map(String.init)))
    }

    /// Why a process or unit of that name must not be touched; nil where it may be.
    ///
    /// - Parameter name: with or without `.service`.
    package func reason(for name: String) -> String? {
        let stem = Self.stem(name)
        // An instance is judged by its template: user@1000.service by user@.
        let template = stem.firstIndex(of: "@").map { String(stem[...$0]) }
        if own.contains(stem) || Self.monitor.contains(stem) { return "'\(name)' is this monitor itself" }
        if stem.hasPrefix("systemd-") || stem == "systemd" || stem == "init" {
            return "'\(name)' is a part of systemd"
        }
        if stem.hasPrefix("dbus") {
            return "'\(name)' is the message bus, without which systemd can't be reached"
        }
        if Self.sessions.contains(template ?? stem) {
            return "'\(name)' would end the running system, or a user's session"
        }
        if Self.terminals.contains(template ?? stem) {
            return "'\(name)' has a terminal or a screen, where a login would be ended or a shell opened"
        }
        return nil
    }

    /// Whether a process in this unit is a process as any other: what the monitor itself has started, and what runs in a
    /// user's session.
    func isTransparent(_ unit: UnitName) -> Bool {
        let stem = Self.stem(unit.rawValue)
        return own.contains(stem) || Self.monitor.contains(stem) || stem.hasPrefix("user@")
    }

    private static let monitor: Set = ["monitord", "monitor_service", "monitor_service.sh"]
    private static let sessions: Set = [
        "emergency", "rescue", "initrd-switch-root", "initrd-cleanup", "user@", "user-runtime-dir@",
    ]
    private static let terminals: Set = [
        "debug-shell", "getty@", "serial-getty@", "console-getty", "container-getty@", "autovt@", "kmsconvt@",
        "display-manager", "gdm", "gdm3", "sddm", "lightdm", "xdm", "lxdm", "greetd", "nodm",
    ]

    /// A unit's name without its type; a process's name as it is.
    private static func stem(_ name: String) -> String {
        name.hasSuffix(".service") ? String(name.dropLast(".service".count)) : name
    }
}
