import Glibc
import Logging
import MonitorIO
import Testing

@testable import MonitorCore
@testable import MonitorLinux

private let silent = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

@Suite(.serialized) struct ProcessHealthCheckTests {
    private let scene = StrategyScene()
    private var workshop: Workshop { scene.workshop }

    private func check(
        _ name: ProcessName, command: String = "pgrep %s", _ change: (inout ProcessSettings) -> Void = { _ in }
    ) async throws -> HealthResult {
        var settings = ProcessSettings()
        settings.healthCheckCommand = try CommandTemplate(command)
        change(&settings)
        return await HealthCheckSelector(manager: nil, stateDirectory: workshop.directory, logger: silent)
            .check(MonitoredProcess(name: name, settings: settings), limit: .seconds(20))
    }

    @Test func `passes for the process, however long its name is`() async throws {
        let name = workshop.name("-export-worker")
        #expect(name.rawValue.utf8.count > 15)
        #expect(try await check(name) == .unhealthy("no process named \(name) runs"))
        _ = await SessionLauncher(settling: .milliseconds(20)).start(scene.sleeper("-export-worker"), for: name)
        #expect(await workshop.wait { (try? await check(name)) == .healthy })
        // As the file may spell it out.
        #expect(try await check(name, command: "pgrep \(name)") == .healthy)
    }

    @Test func `passes for no other program whose name contains the name`() async throws {
        _ = await SessionLauncher(settling: .milliseconds(20)).start(scene.sleeper("er"), for: workshop.name())
        #expect(await workshop.wait { workshop.processes().count == 1 })
        #expect(try await check(workshop.name()) == .unhealthy("no process named \(workshop.name()) runs"))
    }

    @Test func `passes for no kernel thread`() async throws {
        let thread = try #require(ProcessTable.read().processes.values.first { $0.isKernelThread && $0.isAlive }?.comm)
        guard let name = try? ProcessName(String(decoding: thread, as: UTF8.self)) else { return }
        guard case .unhealthy = try await check(name) else {
            Issue.record("healthy")
            return
        }
    }

    @Test func `passes for no zombie`() async throws {
        let program = workshop.copy("/bin/true", to: workshop.token)
        // The shell becomes a program that never reaps.
        let launch = LaunchSpec(
            executable: "/bin/sh",
            arguments: ["sh", "-c", "\(program) \(workshop.token) & exec sleep 1000"].map { Array($0.utf8) })
        let result = await SessionLauncher(settling: .milliseconds(50)).start(launch, for: workshop.name("x"))
        guard case .restarted(_, let started) = result, case .process(let pid, _) = started.identity else {
            Issue.record("not started: \(result)")
            return
        }
        defer { kill(pid, SIGKILL) }
        let comm = Array(workshop.token.utf8)
        #expect(
            await workshop.wait { ProcessTable.read().processes.values.contains { $0.comm == comm && !$0.isAlive } })
        #expect(try await check(workshop.name()) == .unhealthy("no process named \(workshop.name()) runs"))
    }

    @Test(.needsProcps) func `any other pgrep runs as it is written`() async throws {
        _ = try await scene.start(scene.sleeper())
        let part = workshop.token.dropLast(2)
        #expect(try await check(workshop.name("-x"), command: "pgrep \(part)") == .healthy)
        #expect(
            try await check(
                workshop.name("-x"), command: "pgrep -f '\(workshop.token) 1000' || pgrep -x \(workshop.token)")
                == .healthy)
        guard case .unhealthy = try await check(workshop.name(), command: "pgrep -x \(part)") else {
            Issue.record("healthy")
            return
        }
    }

    @Test(.needsRoot) func `passes for no process of another user than the known one`() async throws {
        var launch = scene.sleeper()
        launch.credentials = LaunchSpec.Credentials(uid: 65534, gid: 65534, groups: [])
        let process = try await scene.start(launch)
        #expect(try await check(workshop.name()) == .healthy)
        #expect(
            try await check(workshop.name()) { $0.user = "root" }
                == .unhealthy("what runs as \(workshop.name()) belongs to another user"))
        // Known from when it was restarted last.
        var recorded = launch
        recorded.credentials = LaunchSpec.Credentials(uid: 0, gid: 0, groups: [])
        try LaunchRecords(stateDirectory: workshop.directory).store(recorded, for: workshop.name())
        #expect(
            try await check(workshop.name()) == .unhealthy("what runs as \(workshop.name()) belongs to another user"))
        #expect(scene.members().map(\.identity) == [process.identity])
    }

    @Test func `many at once read /proc a few times, not each for itself`() async throws {
        let count = 200
        _ = try await scene.start(scene.sleeper())
        func cost(of check: @escaping @Sendable () async -> Bool) async -> Duration {
            await ContinuousClock().measure {
                await withTaskGroup(of: Bool.self) { group in
                    for _ in 0..<count { group.addTask { await check() } }
                    for await isHealthy in group { #expect(isHealthy) }
                }
            }
        }
        let process = MonitoredProcess(name: workshop.name(), settings: ProcessSettings())
        let check = ProcessHealthCheck(finder: ProcessFinder(), manager: nil, logger: silent)
        let together = await cost { await check.check(process, limit: .seconds(60)) == .healthy }
        let alone = await cost {
            await BlockingWork.run {
                ProcessTable.read().processes.values.compactMap(ProcessEntry.init(reading:)).contains {
                    $0.isNamed(process.name)
                }
            }
        }
        print("measured: \(count) checks at once ÷ as many that read each for itself: \(together / alone)")
        #expect(together < alone)
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
        func pendingJob(for process: ProcessName) -> PendingJob? { nil }
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
        return await HealthCheckSelector(manager: state.map(Manager.init), stateDirectory: nil, logger: silent).check(
            process, limit: .seconds(10))
    }

    @Test(arguments: [("active", true), ("reloading", true), ("activating", false), ("failed", false), ("", false)])
    func `asks the service manager for a unit`(_ state: String, _ healthy: Bool) async throws {
        let result = try await check("systemctl is-active %s", state: state)
        #expect(result == (healthy ? .healthy : .unhealthy("unit apache2.service is \(state)")))
    }

    @Test func `passes for the process's unit by the default check, under whatever name it runs`() async throws {
        #expect(try await check("pgrep %s", state: "active") == .healthy)
        guard case .unhealthy(let reason) = try await check("pgrep apache2", state: "failed") else {
            Issue.record("healthy")
            return
        }
        #expect(reason.hasSuffix("and unit apache2.service is failed"))
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
