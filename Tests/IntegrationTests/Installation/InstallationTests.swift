import Foundation
import Testing

/// `make install` and `make uninstall`, into a directory that stands for the root of a host.
@Suite struct InstallationTests {
    private let host: StagedHost

    init() throws { host = try StagedHost() }

    @Test(arguments: [
        ("usr/sbin/monitord", 0o755), ("usr/bin/monitorctl", 0o755),
        ("usr/lib/systemd/system/monitord.service", 0o644),
        ("usr/share/man/man8/monitord.8", 0o644), ("usr/share/man/man8/monitorctl.8", 0o644),
        ("usr/share/man/man5/monitord-config.5", 0o644),
        ("usr/share/bash-completion/completions/monitorctl", 0o644),
        ("usr/share/zsh/site-functions/_monitorctl", 0o644),
        ("usr/share/fish/vendor_completions.d/monitorctl.fish", 0o644),
        ("usr/share/process-monitor/config.ini", 0o644), ("usr/share/process-monitor/sql/mariadb.sql", 0o644),
        ("usr/share/process-monitor/systemd/hardened.conf", 0o644), ("usr/share/doc/process-monitor/README.md", 0o644),
        ("etc/monitord/config.ini", 0o600),
    ])
    func `it puts a file in its place`(path: String, mode: Int) async throws {
        try await host.install()

        #expect(try host.mode(path) == mode)
    }

    @Test func `its directories are everybody's, whatever the umask`() async throws {
        try await host.install()

        #expect(try host.mode("usr/share/process-monitor") == 0o755)
        #expect(try host.mode("etc/monitord") == 0o755)
    }

    @Test func `the unit starts the daemon below the prefix`() async throws {
        try await host.install(prefix: "/usr/local")

        let unit = try host.text("usr/local/lib/systemd/system/monitord.service")
        #expect(unit.contains("\nExecStart=/usr/local/sbin/monitord"))
        #expect(!unit.contains("/usr/sbin") && !unit.contains("/usr/share"))
    }

    @Test(arguments: [
        ("usr/lib/systemd/system/monitor_service.service", "usr/lib/systemd/system/monitord.service"),
        ("usr/share/man/man8/monitor_service.8", "usr/share/man/man8/monitord.8"),
    ])
    func `it has its old name too`(old: String, new: String) async throws {
        try await host.install()

        #expect(try host.text(old) == host.text(new))
    }

    @Test func `a configuration that is there is kept`() async throws {
        try host.write("; mine\n", to: "etc/monitord/config.ini")
        try await host.install()

        #expect(try host.text("etc/monitord/config.ini") == "; mine\n")
    }

    @Test func `no sample comes before the configuration of monitor_service.sh`() async throws {
        try host.write("[database]\n", to: "opt/monitor_service/config.ini")
        try await host.install()

        #expect(try !host.files().contains("etc/monitord/config.ini"))
    }

    @Test func `test_alarm.sh is where the users of monitor_service.sh had it, and starts the menu`() async throws {
        try host.write("[database]\n", to: "opt/monitor_service/config.ini")
        let before = try host.files()
        try await host.install(prefix: "/usr/local")

        let script = try host.link("opt/monitor_service/test_alarm.sh")
        #expect(script == "/usr/local/libexec/process-monitor/test_alarm.sh")
        #expect(try host.mode(String(script.dropFirst())) == 0o755)
        #expect(try host.text(String(script.dropFirst())).hasSuffix("\nexec /usr/local/bin/monitorctl menu \"$@\"\n"))

        try await host.uninstall(prefix: "/usr/local")
        #expect(try host.files() == before)
    }

    @Test func `a test_alarm.sh of the user's own stays`() async throws {
        try host.write("mine\n", to: "opt/monitor_service/test_alarm.sh")
        try await host.install()
        try await host.uninstall()

        #expect(try host.text("opt/monitor_service/test_alarm.sh") == "mine\n")
    }

    @Test func `the unit of monitor_service.sh is left alone, and told of`() async throws {
        try host.write("[Service]\n", to: "etc/systemd/system/monitor_service.service")
        let result = try await host.install()

        #expect(result.error.contains("systemctl disable --now monitor_service"))
        #expect(try host.text("etc/systemd/system/monitor_service.service") == "[Service]\n")
    }

    @Test func `what is taken away is what was installed`() async throws {
        try host.write("", to: "usr/share/man/man8/other.8")
        try host.write("", to: "var/lib/monitord/monitor.db")
        let before = try host.files()
        try await host.install()
        try await host.uninstall()

        #expect(try host.files() == before.union(["etc/monitord/config.ini"]))
        for directory in ["usr/share/process-monitor", "usr/share/doc/process-monitor", "usr/libexec/process-monitor"] {
            #expect(throws: (any Error).self) { try host.mode(directory) }
        }
    }

    @Test func `taking away what was never installed is no error`() async throws {
        try await host.uninstall()
    }

    @Test(arguments: ["usr", "/usr share", "/usr|x"])
    func `a prefix that no unit file can hold is refused`(prefix: String) async throws {
        let result = try await host.run("install", prefix: prefix)

        #expect(result.status == 1)
        #expect(result.error.hasPrefix("install: cannot use the prefix '\(prefix)'"))
        #expect(try host.files().isEmpty)
    }

    @Test func `without a build it says how to make one`() async throws {
        let result = try await host.run("install", built: "/nonexistent")

        #expect(result.status == 1)
        #expect(result.error.contains("run 'make release' first"))
        #expect(try host.files().isEmpty)
    }
}
