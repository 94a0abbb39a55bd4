import Foundation
import MonitorCore
import MonitorSystemd
import TestSupport
import Testing

/// A unit that a test writes, for the life of the box.
struct TestUnit {
    let name: UnitName

    /// Writes a service's file and has systemd read it.
    ///
    /// - Parameters:
    ///   - stem: the name, without `.service`; each test has its own.
    ///   - unit: lines of its `[Unit]` section.
    ///   - service: lines of its `[Service]` section.
    @discardableResult
    init(_ stem: String, unit: String = "", service: String) async throws {
        name = try UnitName(configured: stem)
        try await Self.write("\(stem).service", "[Unit]\n\(unit)\n[Service]\n\(service)\n")
    }

    /// Writes a file among the units and has systemd read it.
    static func write(_ file: String, _ text: String) async throws {
        try text.write(toFile: "/run/systemd/system/\(file)", atomically: true, encoding: .utf8)
        try await systemctl("daemon-reload")
    }

    /// A property, as systemctl shows it.
    func property(_ property: String) async throws -> String {
        try await systemctl("show", "--property=\(property)", "--value", name.rawValue)
    }
}

/// Runs systemctl, which must succeed unless its status is asked for.
@discardableResult
func systemctl(_ arguments: String...) async throws -> String {
    let run = try await TestCommand.run("systemctl", arguments)
    try #require(run.status == 0, "systemctl \(arguments): \(run.output)")
    return run.output.trimmingCharacters(in: .whitespacesAndNewlines)
}

extension SystemdServiceManager {
    /// Restarts a unit for a process that the configuration names.
    func restart(_ unit: UnitName, slowAfter: Duration = .seconds(30)) async -> RestartResult {
        await restart(RestartOrder(unit, slowAfter: slowAfter))
    }

    func activeState(of unit: UnitName) async throws -> String { try await state(of: unit).active }
}

extension RestartOrder {
    /// For a process of the unit's name.
    init(_ unit: UnitName, startsDisabled: Bool = true, slowAfter: Duration = .seconds(30)) {
        var settings = ProcessSettings()
        settings.isNamed = startsDisabled
        settings.commandTimeout = slowAfter
        let name = try? ProcessName(unit.rawValue.replacing(".service", with: ""))
        self.init(unit, for: MonitoredProcess(name: name ?? .unnamed, settings: settings))
    }
}

extension ProcessName {
    fileprivate static var unnamed: ProcessName { (try? ProcessName("unnamed"))! }
}

extension RestartResult {
    /// What was started, where it was.
    var started: Started? { if case .restarted(_, let started) = self { started } else { nil } }

    /// Whether it was restarted, and that was told with this phrase.
    func wasRestarted(as phrase: String) -> Bool { if case .restarted(phrase, _) = self { true } else { false } }

    var wasRestarted: Bool { if case .restarted = self { true } else { false } }
    var wasInterrupted: Bool { if case .interrupted = self { true } else { false } }

    /// The phrase of a failure; nil for any other result.
    var failure: String? { if case .failed(let text) = self { text } else { nil } }
    /// The phrase of a refusal; nil for any other result.
    var refusal: String? { if case .refused(let text) = self { text } else { nil } }
    var wasNotFound: Bool { if case .notFound = self { true } else { false } }
}
