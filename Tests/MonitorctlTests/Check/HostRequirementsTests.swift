internal import Glibc
import MonitorConfig
internal import MonitorCore
internal import TestSupport
internal import Testing

@testable import monitorctl

@Suite struct HostRequirementsTests {
    /// What is found of a process `web`, with the section's text, beside some files (mode by path) in a directory.
    private func findings(
        _ section: String, files: [String: mode_t] = [:], links: [String: String] = [:], hasSystemd: Bool = true
    ) throws -> [String] {
        let directory = try TemporaryDirectory()
        for (name, mode) in files {
            let path = directory.path + "/" + name
            let descriptor = open(path, O_CREAT | O_WRONLY, mode)
            write(descriptor, "x", 1)
            close(descriptor)
            chmod(path, mode)
        }
        for (name, destination) in links { symlink(destination, directory.path + "/" + name) }
        let text = section.replacing("DIR", with: directory.path)
        let configuration = try Configuration.parse("[process.web]\n\(text)\n", path: "config.ini")
        let requirements = HostRequirements(
            configuration.engine, unitDirectories: hasSystemd ? [directory.path] : nil,
            programDirectories: [directory.path])
        return requirements.findings(for: [Fixtures.process(1, "web")]).map {
            $0.text.replacing(directory.path, with: "DIR")
        }
    }

    @Test(
        "a unit that this host does not have, or that is masked, is told",
        arguments: [
            ("restart_strategy = service", [:], [:], "'web': there is no unit web.service on this host"),
            (
                "restart_strategy = auto", [:], [:],
                "'web': there is no unit web.service on this host, and it has no start_command: once it has gone, it can't be started"
            ),
            (
                "unit = other", ["web.service": 0o644], [:],
                "'web': there is no unit other.service on this host, and it has no start_command: once it has gone, it can't be started"
            ),
            ("restart_strategy = service", ["web.service": 0o644], [:], nil),
            ("unit = web@eu1", ["web@.service": 0o644], [:], nil),
            (
                "restart_strategy = service", [:], ["web.service": "/dev/null"],
                "'web': its unit web.service is masked: it is never restarted"
            ),
            ("start_command = true", [:], [:], nil),
            ("restart_strategy = process\nstart_command = true", [:], [:], nil),
        ] as [(String, [String: mode_t], [String: String], String?)])
    func units(section: String, files: [String: mode_t], links: [String: String], expected: String?) throws {
        #expect(try findings(section, files: files, links: links) == [expected].compactMap(\.self))
    }

    @Test("without systemd no unit is missed")
    func noSystemd() throws {
        #expect(try findings("restart_strategy = service", hasSystemd: false) == [])
    }

    @Test(
        "a program that is not there is told, with the key that names it; what can't be told is not said",
        arguments: [
            ("start_command = DIR/run --fast", "start_command: there is no file 'DIR/run'"),
            ("start_command = DIR/plain", "start_command: 'DIR/plain' is not executable; chmod +x mends it"),
            ("start_command = DIR", "start_command: 'DIR' is a directory"),
            ("start_command = DIR/web", nil), ("start_command = exec A=1 B= DIR/web -x", nil),
            ("start_command = exec DIR/nothing", "start_command: there is no file 'DIR/nothing'"),
            (
                "health_check_command = curlx -f http://localhost",
                "health_check_command: there is no program 'curlx' in DIR"
            ),
            ("health_check_command = web --check", nil),
            ("health_check_command = pgrep %s", nil), ("health_check_command = systemctl is-active web", nil),
            ("health_check_command = test -e /x && y", nil), ("health_check_command = $HOME/x", nil),
            ("stop_command = ./stop", nil), ("stop_command = 'DIR/a b'", nil),
            ("pre_restart_command = DIR/%s-test", "pre_restart_command: there is no file 'DIR/web-test'"),
        ] as [(String, String?)])
    func programs(section: String, expected: String?) throws {
        let found = try findings(
            section, files: ["web": 0o755, "plain": 0o644], hasSystemd: false)
        #expect(found == [expected].compactMap(\.self).map { "'web': \($0)" })
    }

    @Test("a process that may not be restarted here is not looked at")
    func denied() throws {
        let configuration = try Configuration.parse(
            "[monitor]\ndeny = web\n[process.web]\nstart_command = /nonexistent/x\n", path: "config.ini")
        let requirements = HostRequirements(configuration.engine, unitDirectories: [], programDirectories: [])
        #expect(requirements.findings(for: [Fixtures.process(1, "web")]) == [])
    }
}
