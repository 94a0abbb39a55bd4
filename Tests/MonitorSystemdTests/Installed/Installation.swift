import Foundation
import TestSupport
import Testing

/// monitord as it is installed: the product's own unit file, the built programs, a configuration.
///
/// For inside of a box, whose files are its own.
struct Installation {
    static let configuration = "/etc/monitord/config.ini"
    static let database = "/var/lib/monitord/monitor.db"

    /// Installs it; the service is not started.
    ///
    /// - Parameters:
    ///   - sections: added to a configuration on the embedded store, which looks each second.
    ///   - database: the section `[database]`, for another store.
    init(_ sections: String = "", database: String = "backend = sqlite") async throws {
        let programs = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
        for program in ["monitord", "monitorctl"] {
            try Self.copy(programs.appendingPathComponent(program).path, to: "/usr/sbin/\(program)")
        }
        let resources = SystemdBox.repository + "/Resources/systemd"
        try Self.copy("\(resources)/monitord.service", to: "/usr/lib/systemd/system/monitord.service")
        // What tests of the unit's file have left.
        try? FileManager.default.removeItem(atPath: "/etc/systemd/system/monitord.service.d")
        try FileManager.default.createDirectory(atPath: "/etc/monitord", withIntermediateDirectories: true)
        try await stop()
        try? FileManager.default.removeItem(atPath: Self.database)
        try configure(sections, database: database)
        try await systemctl("daemon-reload")
    }

    func configure(_ sections: String, database: String = "backend = sqlite") throws {
        let text = "[database]\n\(database)\n[monitor]\ncheck_interval = 1\n\(sections)\n"
        try text.write(toFile: Self.configuration, atomically: true, encoding: .utf8)
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: Self.configuration)
    }

    func start() async throws { try await systemctl("start", "monitord") }

    func stop() async throws {
        _ = try await TestCommand.run("systemctl", ["stop", "monitord"])
        _ = try await TestCommand.run("systemctl", ["reset-failed", "monitord"])
    }

    /// Runs monitorctl, and gives its exit status and output.
    @discardableResult
    func ctl(_ arguments: String...) async throws -> TestCommand {
        try await TestCommand.run("/usr/sbin/monitorctl", arguments)
    }

    /// Adds a process and has it recovered.
    func recover(_ name: String, timeout: String = "60s") async throws -> TestCommand {
        _ = try await ctl("process", "add", name)
        return try await ctl("alarm", "set", name, "--wait", "--timeout", timeout)
    }

    /// A property of the service.
    func property(_ property: String) async throws -> String {
        try await systemctl("show", "--property=\(property)", "--value", "monitord.service")
    }

    /// What the service has logged.
    func journal(_ matches: String...) async throws -> String {
        try await TestCommand.run("journalctl", ["--no-pager", "-u", "monitord"] + matches).output
    }

    private static func copy(_ from: String, to: String) throws {
        try? FileManager.default.removeItem(atPath: to)
        try FileManager.default.copyItem(atPath: from, toPath: to)
    }
}

/// Waits until something real has happened.
func eventually(_ what: String, within seconds: Double = 30, _ isTrue: () async throws -> Bool) async throws {
    let end = ContinuousClock.now + .seconds(seconds)
    while try await !isTrue() {
        try #require(ContinuousClock.now < end, "it did not happen within \(seconds) s: \(what)")
        try await Task.sleep(for: .milliseconds(50))
    }
}
