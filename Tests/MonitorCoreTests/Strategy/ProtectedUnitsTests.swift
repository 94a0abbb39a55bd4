import Testing

@testable import MonitorCore

@Suite struct ProtectedUnitsTests {
    @Test(arguments: [
        "init", "systemd", "systemd-journald", "systemd-logind.service", "dbus", "dbus.service", "dbus-broker",
        "dbus-daemon", "dbus-org.freedesktop.login1.service", "monitord", "monitord.service", "monitor_service",
        "user@1000.service", "user@", "emergency", "rescue.service", "debug-shell", "getty@tty1.service",
        "serial-getty@ttyS0", "console-getty", "autovt@tty2", "gdm", "gdm3.service", "sddm", "lightdm", "xdm",
        "display-manager",
    ])
    func `protects the system and the monitor`(name: String) {
        #expect(ProtectedUnits(own: []).reason(for: name) != nil)
    }

    @Test(arguments: [
        "httpd", "initd", "my-systemd-thing", "mariadb.service", "monitord-exporter", "user", "users@1.service",
        "service", "getty-exporter", "mygdm",
    ])
    func `leaves everything else to the configuration`(name: String) {
        #expect(ProtectedUnits(own: []).reason(for: name) == nil)
    }

    @Test(arguments: [
        ("0::/system.slice/watchdog.service\n", "watchdog"),
        ("0::/system.slice/watchdog.service/supervised\n", "watchdog.service"),
        ("12:pids:/system.slice/x.scope\n1:name=systemd:/system.slice/watchdog.service\n", "watchdog"),
        ("0::/user.slice/user-7.slice/user@7.service/app.slice/app-monitor.service\n", "app-monitor.service"),
    ])
    func `protects the unit that it runs in`(controlGroups: String, name: String) {
        #expect(ProtectedUnits(controlGroups: controlGroups).reason(for: name) != nil)
        #expect(ProtectedUnits(own: []).reason(for: name) == nil)
    }
}
