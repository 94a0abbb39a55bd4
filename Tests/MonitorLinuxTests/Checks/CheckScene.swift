import Logging
import Testing

@testable import MonitorCore
@testable import MonitorLinux

/// Makes checks as the daemon does.
struct CheckScene {
    let checks = LinuxChecks(
        manager: nil, stateDirectory: nil, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })

    func check(_ kind: CheckKind) throws -> any Check {
        let name = try ProcessName("x")
        return checks.makeCheck(CheckSpec(name: name, process: name, kind: kind), settings: ProcessSettings())
    }

    /// Runs a check once; by then a machine that is busy has long been served.
    func run(_ kind: CheckKind, limit: Duration = .seconds(30)) async throws -> CheckResult {
        try await check(kind).run(limit: limit)
    }
}

extension CheckResult {
    var hasPassed: Bool { if case .passed = self { true } else { false } }
    var hasFailed: Bool { if case .failed = self { true } else { false } }
    var isUnknown: Bool { if case .unknown = self { true } else { false } }
}
