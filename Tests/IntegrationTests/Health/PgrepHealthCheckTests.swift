import Glibc
import MonitorIO
import Testing

@testable import MonitorCore
@testable import MonitorLinux

@Suite(.serialized) struct PgrepHealthCheckTests {
    private let workshop = Workshop()
    private let runner = CommandRunner()

    private func native(_ text: String) async throws -> Bool {
        guard case .pgrep(let pattern) = NativeCheck(text) else {
            Issue.record("'\(text)' is not native")
            return false
        }
        return PgrepHealthCheck.matches(pattern, in: await ProcessTable.current())
    }

    private func real(_ text: String) async -> Bool {
        // Replaces the shell, which would be one more process to be found.
        await runner.run(Command("exec \(text)", limit: .seconds(20))).succeeded
    }

    @Test func `many at once read /proc a few times, not each for itself`() async throws {
        let count = 200
        func cost(of check: @escaping @Sendable () async -> Bool) async -> Duration {
            await ContinuousClock().measure {
                await withTaskGroup(of: Bool.self) { group in
                    for _ in 0..<count { group.addTask { await check() } }
                    for await isHealthy in group { #expect(isHealthy) }
                }
            }
        }
        let process = MonitoredProcess(name: try ProcessName("any"), settings: ProcessSettings())
        let check = PgrepHealthCheck(pattern: "a")
        let together = await cost { await check.check(process, limit: .seconds(60)) == .healthy }
        let alone = await cost {
            await BlockingWork.run { PgrepHealthCheck.matches("a", in: ProcessTable.read()) }
        }
        print("measured: \(count) checks at once ÷ as many that read each for itself: \(together / alone)")
        #expect(together < alone)
    }

    @Test(.needsProcps)
    func `answers as the real one does, for processes of many kinds`() async throws {
        let token = workshop.token
        for name in [token, "\(token)-and-longer-than-15", "\(token).x+y"] {
            let program = workshop.copy("/bin/sleep", to: name)
            _ = await runner.run(Command("\(program) 1000 >/dev/null 2>&1 &", limit: .seconds(10), leftovers: .kept))
        }
        #expect(await workshop.wait { workshop.processes().filter { $0.comm.count > 5 }.count >= 3 })
        var patterns = [
            token, String(token.dropFirst()), String(token.dropLast()), "\(token)-and-l", "\(token)-and-longer-than-15",
            "\(token).x", "\(token).x.y", "\(token).x+y", "\(token.prefix(3)).\(token.dropFirst(4))",
            "\(token)x",
            "+\(token)", "\(token)+", "kthreadd", "PID1",
        ]
        // Whatever else runs here for the whole of the test.
        let lasting = ProcessTable.read().processes.values.filter { $0.identity.pid < 300 }
        patterns += Set(lasting.map { String(decoding: $0.comm, as: UTF8.self) }).filter { name in
            (try? ProcessName(name)) != nil
        }.prefix(40)
        var found = 0
        for pattern in patterns {
            let real = await real("pgrep \(pattern)")
            #expect(try await native("pgrep \(pattern)") == real, "pgrep \(pattern)")
            found += real ? 1 : 0
        }
        #expect(found > 5 && found < patterns.count)
    }

    @Test func `says what it looked for`() async {
        let name = workshop.name("-absent")
        let process = MonitoredProcess(name: name, settings: ProcessSettings())
        let result = await HealthCheckSelector(manager: nil).check(process, limit: .seconds(5))
        #expect(result == .unhealthy("pgrep \(name) found no process"))
    }
}

@Suite(.serialized) struct HealthCheckSelectorTests {
    private struct Manager: ServiceManager {
        var state: String

        func prepare(_ unit: UnitName) async {}
        func restart(_ order: RestartOrder) async -> RestartResult { .notFound("") }
        func stop(_ unit: UnitName, for process: ProcessName) async throws(ServiceManagerError) {}
        func owner(of pid: Int32) async throws(ServiceManagerError) -> UnitOwner? { nil }
        func servicesAtWork() async throws(ServiceManagerError) -> [UnitName: [[String]]] { [:] }
        func pendingJob(for process: ProcessName) async -> PendingJob? { nil }
        func loss(of unit: UnitName, invocation: [UInt8]) async -> String? { nil }
        func diagnosis(of unit: UnitName, invocation: [UInt8]) async -> String? { nil }

        func state(of unit: UnitName) async throws(ServiceManagerError) -> UnitState {
            guard unit.rawValue == "apache2.service" else { throw ServiceManagerError("asked for \(unit)") }
            return UnitState(unit, active: state, sub: "")
        }
    }

    private func check(_ text: String, state: String? = nil) async throws -> HealthResult {
        var settings = ProcessSettings()
        settings.healthCheckCommand = try CommandTemplate(text)
        let process = MonitoredProcess(name: try ProcessName("apache2"), settings: settings)
        return await HealthCheckSelector(manager: state.map(Manager.init)).check(process, limit: .seconds(10))
    }

    @Test(arguments: [("active", true), ("reloading", true), ("activating", false), ("failed", false), ("", false)])
    func `asks the service manager for a unit`(_ state: String, _ healthy: Bool) async throws {
        let result = try await check("systemctl is-active %s", state: state)
        #expect(result == (healthy ? .healthy : .unhealthy("unit apache2.service is \(state)")))
    }

    @Test func `runs the command where there is no service manager`() async throws {
        guard case .unhealthy(let reason) = try await check("systemctl is-active %s") else {
            Issue.record("there is no such unit")
            return
        }
        #expect(reason.hasPrefix("systemctl is-active apache2 exited with"))
    }

    @Test(arguments: [
        ("test %s = apache2", HealthResult.healthy),
        (
            "echo starting; echo refused >&2; exit 2",
            .unhealthy("echo starting; echo refused >&2; exit 2 exited with 2: refused")
        ),
    ])
    func `runs any other command`(_ text: String, _ expected: HealthResult) async throws {
        #expect(try await check(text) == expected)
    }
}
