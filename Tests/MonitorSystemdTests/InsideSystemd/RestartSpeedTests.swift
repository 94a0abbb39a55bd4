import Logging
import MonitorCore
import MonitorIO
import TestSupport
import Testing

@testable import MonitorSystemd

extension InsideSystemd {
    /// Prints what restarts cost beside their bare minimum, measured in the same run; what is asserted is only that they
    /// are not out of all proportion.
    @Suite struct RestartSpeedTests {
        private let manager = SystemdServiceManager(protected: ProtectedUnits(own: []), logger: Logger(label: "test"))

        private func median(of count: Int, _ body: () async throws -> Void) async throws -> Duration {
            var times: [Duration] = []
            for _ in 0..<count { times.append(try await ContinuousClock().measure { try await body() }) }
            return times.sorted()[count / 2]
        }

        @Test func `a restart over D-Bus costs less than systemctl`() async throws {
            let unit = try await TestUnit(
                "speed", unit: "StartLimitIntervalSec=0", service: "ExecStart=/bin/sleep infinity")
            let count = Measurement.repetitions
            let overBus = try await median(of: count) { #expect(await manager.restart(unit.name).wasRestarted) }
            let bySystemctl = try await median(of: count) { try await systemctl("restart", unit.name.rawValue) }
            let ratio = overBus / bySystemctl
            print("measured: restart over D-Bus ÷ systemctl restart, medians of \(count): \(Measurement.text(ratio))")
            #expect(ratio < 1.5)
        }

        @Test func `many restarts at once cost what systemd needs for them`() async throws {
            let names = try (0..<Measurement.storm).map { try UnitName(configured: "storm@\($0)") }
            try await TestUnit.write(
                "storm@.service", "[Unit]\nStartLimitIntervalSec=0\n[Service]\nExecStart=/bin/sleep infinity\n")
            _ = try await storm(names) { await manager.restart($0).wasRestarted }

            let ours = try await storm(names) { await manager.restart($0).wasRestarted }
            let bare = BareRestarts()
            let theirs = try await storm(names) { await bare.restart($0) }
            print("measured: \(names.count) restarts ÷ bare RestartUnit calls: \(Measurement.text(ours / theirs))")
            #expect(ours / theirs < 2)
        }

        private func storm(
            _ names: [UnitName], _ restart: @escaping @Sendable (UnitName) async -> Bool
        ) async throws -> Duration {
            await ContinuousClock().measure {
                await withTaskGroup(of: Bool.self) { group in
                    for name in names { group.addTask { await restart(name) } }
                    for await wasRestarted in group { #expect(wasRestarted) }
                }
            }
        }
    }
}

/// Restarts with nothing before, beside or after: what no service manager can do without.
private actor BareRestarts {
    private let queue = QueueExecutor(label: "bare")
    private var connection: ManagerConnection?

    nonisolated var unownedExecutor: UnownedSerialExecutor { queue.asUnownedSerialExecutor() }

    func restart(_ unit: UnitName) async -> Bool {
        do {
            let manager = try connection ?? ManagerConnection(to: .serviceManager, on: queue) { _ in }
            connection = manager
            return try await manager.queue("RestartUnit", unit.rawValue).reply().end.value() == "done"
        } catch {
            return false
        }
    }
}
