internal import Foundation
public import Testing

/// A real systemd, booted for tests alone by `scripts/systemd-box`.
///
/// A suite that needs it carries the trait `.insideSystemdBox`, so that an ordinary run skips it, visibly. One test of
/// its target, with the trait `.makesSystemdBox`, runs the same test program again inside the box:
///
/// ```swift
/// @Test(.makesSystemdBox)
/// func `everything that needs systemd passes in a real one`() async throws {
///     try await SystemdBox.runSuites(matching: "MonitorSystemdTests")
/// }
/// ```
///
/// Inside, everything may be written and started: the root directory is an overlay, the network is private, and what
/// runs ends with the box.
public enum SystemdBox {
    /// Whether this is the run inside.
    public static var isInside: Bool { ProcessInfo.processInfo.environment["MONITOR_SYSTEMD_BOX"] == "1" }

    /// Whether a box can be made here; with `MONITOR_REQUIRE_INTEGRATION=1` it has to be possible, and a test that
    /// needs it fails where it isn't.
    static var isPossible: Bool {
        if ProcessInfo.processInfo.environment["MONITOR_REQUIRE_INTEGRATION"] == "1" { return true }
        return geteuid() == 0 && FileManager.default.fileExists(atPath: "/lib/systemd/systemd")
    }

    /// Runs this test program inside a box, for the tests that match; a failure in there is an issue here.
    public static func runSuites(
        matching filter: String, sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let program = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        let run = try await TestCommand.run(
            "\(repository)/scripts/systemd-box",
            ["--timeout", "600", program, "--testing-library", "swift-testing", "--filter", filter])
        // A filter that matches nothing would be a success.
        let hasRun = run.output.contains("passed") && !run.output.contains("with 0 tests")
        #expect(run.status == 0 && hasRun, "\(run.output)", sourceLocation: sourceLocation)
        // What was measured or skipped in there is worth seeing here.
        print(run.output.split(separator: "\n").filter { $0.hasPrefix("measured: ") }.joined(separator: "\n"))
    }

    /// The directory of the package.
    public static var repository: String {
        URL(fileURLWithPath: #filePath).appendingPathComponent("../../..").standardized.path
    }
}

extension Trait where Self == ConditionTrait {
    /// The test talks to a real systemd, as root.
    public static var insideSystemdBox: Self {
        .enabled(if: SystemdBox.isInside, "runs inside of a systemd box, started by a test that makes one")
    }

    /// The test makes a systemd box.
    public static var makesSystemdBox: Self {
        .enabled(if: SystemdBox.isPossible && !SystemdBox.isInside, "making a systemd box takes root and systemd")
    }
}
