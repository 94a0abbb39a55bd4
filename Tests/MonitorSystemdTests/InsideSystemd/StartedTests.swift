import Logging
import MonitorCore
import Synchronization
import TestSupport
import Testing

@testable import MonitorSystemd

extension InsideSystemd {
    /// What a restart has proven, and what becomes of what it has started.
    @Suite struct StartedTests {
        private let manager = SystemdServiceManager(protected: ProtectedUnits(own: []), logger: Logger(label: "test"))

        @Test(arguments: [
            ("simple", "ExecStart=/bin/sleep infinity", false),
            ("exec", "Type=exec\nExecStart=/bin/sleep infinity", false),
            ("idle", "Type=idle\nExecStart=/bin/sleep infinity", false),
            ("forking", "Type=forking\nExecStart=/bin/sh -c 'sleep infinity &'", false),
            (
                "notify",
                "Type=notify\nNotifyAccess=all\nExecStart=/bin/sh -c 'systemd-notify --ready; exec sleep infinity'",
                true
            ),
            ("lasting", "Type=oneshot\nRemainAfterExit=yes\nExecStart=/bin/true", true),
        ])
        func `readiness is proven by the unit's type, and the invocation is told`(
            stem: String, service: String, isReady: Bool
        ) async throws {
            let unit = try await TestUnit("proof-\(stem)", service: service)
            let started = try #require(await manager.restart(unit.name).started)
            #expect(started.isReady == isReady)
            guard case .unit(unit.name, let invocation) = started.identity else {
                Issue.record("\(started)")
                return
            }
            let digits = invocation.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
            #expect(try await unit.property("InvocationID") == digits)
            #expect(await manager.loss(of: unit.name, invocation: invocation) == nil)
        }

        @Test func `a oneshot unit that did its work has left nothing to watch`() async throws {
            let unit = try await TestUnit("proof-once", service: "Type=oneshot\nExecStart=/bin/true")
            #expect(await manager.restart(unit.name).started == Started(isReady: true))
        }

        private func invocation(of unit: TestUnit) async throws -> [UInt8] {
            guard case .unit(_, let invocation) = await manager.restart(unit.name).started?.identity else {
                throw TestFailure("it was not started")
            }
            return invocation
        }

        @Test func `a unit that dies after its start is lost, with what it said`() async throws {
            let unit = try await TestUnit(
                "loss-dies", service: "ExecStart=/bin/sh -c 'sleep 0.3; echo opening; echo port in use; exit 3'")
            let invocation = try await invocation(of: unit)
            while try await unit.property("ActiveState") != "failed" {}
            let loss = try #require(await manager.loss(of: unit.name, invocation: invocation))
            #expect(
                loss
                    == "it did not stay up: it exited with 3: port in use (unit loss-dies.service; before that: opening)"
            )
        }

        @Test func `a crash loop that is just up again is lost`() async throws {
            let unit = try await TestUnit(
                "loss-loop", unit: "StartLimitIntervalSec=0",
                service: "Restart=always\nRestartSec=0\nExecStart=/bin/sh -c 'sleep 0.3; echo no disk; exit 1'")
            let invocation = try await invocation(of: unit)
            while try await Int(unit.property("NRestarts")) ?? 0 < 2 {}
            while try await unit.property("ActiveState") != "active" {}
            let loss = try #require(await manager.loss(of: unit.name, invocation: invocation))
            #expect(loss.hasPrefix("it did not stay up: ") && loss.contains("no disk"), "\(loss)")
            try await systemctl("stop", unit.name.rawValue)
        }

        @Test func `a diagnosis says how the unit is, and what it has last printed`() async throws {
            let running = try await TestUnit(
                "ails-running", service: "ExecStart=/bin/sh -c 'echo first; echo waiting for disk; exec sleep infinity'"
            )
            let invocation = try await invocation(of: running)
            try await eventually("its words are in the journal") {
                await manager.diagnosis(of: running.name, invocation: invocation)
                    == "unit ails-running.service is active (running): waiting for disk; before that: first"
            }
            try await systemctl("kill", "--signal=KILL", running.name.rawValue)
            while try await running.property("ActiveState") != "failed" {}
            #expect(
                await manager.diagnosis(of: running.name, invocation: invocation)
                    == "unit ails-running.service is failed (failed): it was killed by SIGKILL: "
                    + "waiting for disk; before that: first")
        }

        @Test func `a failure is told in full, the cause first`() async throws {
            let line = String(repeating: "x", count: 120) + "end"
            let unit = try await TestUnit(
                "full", service: "Type=oneshot\nExecStart=/bin/sh -c 'echo one; echo two; echo \(line); exit 3'")
            let failure = try #require(await manager.restart(unit.name).failure)
            #expect(failure == "it exited with 3: \(line) (unit full.service; before that: one / two)")
        }

        // MARK: While it lasts

        @Test func `a job that lasts is shown, and logged once when it has become slow`() async throws {
            let log = Mutex<[String]>([])
            let logger = Logger(label: "test") { _ in CountingLogHandler { line in log.withLock { $0.append(line) } } }
            let manager = SystemdServiceManager(protected: ProtectedUnits(own: []), logger: logger)
            let unit = try await TestUnit(
                "lasts", service: "Type=oneshot\nRemainAfterExit=yes\nExecStart=/bin/sleep 6")
            let process = try ProcessName("lasts")
            #expect(manager.pendingJob(for: process) == nil)
            async let result = manager.restart(unit.name, slowAfter: .seconds(1))
            try await eventually("it is slow") { log.withLock { !$0.isEmpty } }
            let job = try #require(manager.pendingJob(for: process))
            #expect(job.unit == unit.name)
            #expect(job.step == "start")
            #expect(job.duration >= .seconds(1))
            #expect(job.description.hasPrefix("a job of unit lasts.service lasts "))
            #expect(await result.wasRestarted)
            #expect(manager.pendingJob(for: process) == nil)
            let lines = log.withLock { $0 }
            #expect(lines.count == 1)
            #expect(lines.first?.contains("systemd.job_slow") == true)
        }

        // MARK: Round trips

        @Test func `a restart waits for systemd once before it is asked for, and not at all where it was prepared`()
            async throws
        {
            let unit = try await TestUnit("trips", service: "ExecStart=/bin/sleep infinity")
            #expect(await manager.restart(unit.name).wasRestarted)

            var before = await manager.roundTrips
            #expect(await manager.restart(unit.name).wasRestarted)
            // How it is; to have it restarted; how it is then.
            #expect(await manager.roundTrips - before == 3)

            before = await manager.roundTrips
            await manager.prepare(unit.name)
            #expect(await manager.roundTrips - before == 1)
            // Sent behind the answers that are awaited here.
            _ = try await manager.state(of: unit.name)
            before = await manager.roundTrips
            #expect(await manager.restart(unit.name).wasRestarted)
            #expect(await manager.roundTrips - before == 2)
        }

        @Test func `what was prepared long ago is asked again`() async throws {
            let unit = try await TestUnit("stale", service: "ExecStart=/bin/sleep infinity")
            await manager.prepare(unit.name)
            try await Task.sleep(for: .milliseconds(600))
            try await TestUnit("stale", service: "Type=nonsense")
            #expect(await manager.restart(unit.name).failure?.contains("can't be loaded") == true)
        }

        // MARK: What is not to be started

        @Test(arguments: ["StandardInput=tty\nTTYPath=/dev/tty11", "StandardInput=tty-force", "TTYPath=/dev/tty11"])
        func `a unit with a terminal is protected`(lines: String) async throws {
            let unit = try await TestUnit("terminal", service: "\(lines)\nExecStart=/bin/sleep infinity")
            #expect(await manager.restart(unit.name).refusal?.contains("it has a terminal (") == true)
            #expect(try await unit.property("ActiveState") == "inactive")
        }

        @Test func `a unit whose process outlives its stop is not restarted beside it`() async throws {
            let lines = "KillMode=none\nExecStart=/bin/sleep infinity"
            let unit = try await TestUnit("outlives", service: lines)
            #expect(await manager.restart(unit.name).wasRestarted, "it did not run")
            let pid = try await unit.property("MainPID")
            let refusal = try #require(await manager.restart(unit.name).refusal)
            #expect(refusal.hasSuffix("(KillMode=none): set KillMode= or ExecStop= in it"), "\(refusal)")
            #expect(try await unit.property("MainPID") == pid)
            try await TestUnit("outlives", service: "\(lines)\nExecStop=/bin/kill $MAINPID")
            #expect(await manager.restart(unit.name).wasRestarted)
            #expect(try await unit.property("MainPID") != pid)
            try await systemctl("stop", unit.name.rawValue)
        }

        @Test func `a unit that runs, and whose file is gone, is left running`() async throws {
            let unit = try await TestUnit("uninstalled", service: "ExecStart=/bin/sleep infinity")
            try await systemctl("start", unit.name.rawValue)
            let pid = try await unit.property("MainPID")
            try await TestCommand.run("rm", ["/run/systemd/system/uninstalled.service"])
            try await systemctl("daemon-reload")
            #expect(await manager.restart(unit.name).refusal?.contains("which runs, is gone: put it back") == true)
            #expect(try await unit.property("MainPID") == pid)
            try await systemctl("stop", unit.name.rawValue)
            #expect(await manager.restart(unit.name).wasNotFound)
        }

        @Test func `what is disabled and doesn't run is started only where the configuration names it`() async throws {
            let unit = try await TestUnit(
                "asleep", service: "ExecStart=/bin/sleep infinity\n[Install]\nWantedBy=x.target")
            let order = RestartOrder(unit.name, startsDisabled: false)
            let refusal = try #require(await manager.restart(order).refusal)
            #expect(refusal.hasPrefix("unit asleep.service is disabled and not running: enable it, or name it in"))
            #expect(try await unit.property("ActiveState") == "inactive")

            #expect(await manager.restart(RestartOrder(unit.name, startsDisabled: true)).wasRestarted)
            #expect(await manager.restart(order).wasRestarted, "it runs now")
            try await systemctl("stop", unit.name.rawValue)
            try await systemctl("enable", "--runtime", unit.name.rawValue)
            #expect(await manager.restart(order).wasRestarted, "it is enabled now")
        }

        @Test func `an escaped name is that of its unit`() async throws {
            try await TestUnit.write("esc@.service", "[Service]\nExecStart=/bin/sleep infinity\n")
            let name = try UnitName(configured: #"esc@client\x2dsite.service"#)
            #expect(await manager.restart(name).wasRestarted)
            #expect(try await systemctl("is-active", name.rawValue) == "active")
        }
    }
}

/// Hands on each line from warning on.
private struct CountingLogHandler: LogHandler {
    var metadata: Logger.Metadata = [:]
    var logLevel = Logger.Level.warning
    let write: @Sendable (String) -> Void

    init(write: @escaping @Sendable (String) -> Void) { self.write = write }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) { write("\(event.message) \(event.metadata ?? [:])") }
}
