import Logging
import MonitorCore
import MonitorLinux
import Synchronization
import TestSupport
import Testing

@testable import MonitorSystemd

extension InsideSystemd {
    @Suite(.timeLimit(.minutes(2))) struct UnitCheckTests {
        private let manager = SystemdServiceManager(
            protected: ProtectedUnits(own: ["kept"]), logger: Logger(label: "test"))

        private func result(_ unit: UnitName) async -> CheckResult {
            await UnitCheck(unit: unit, manager: manager).run(limit: .seconds(30))
        }

        /// Asks until the answer is of a kind: systemd takes its time for each step.
        private func result(of unit: UnitName, until isExpected: (CheckResult) -> Bool) async -> CheckResult {
            while true {
                let result = await result(unit)
                if isExpected(result) { return result }
            }
        }

        @Test func `passes while the unit runs or is about to, and tells how it ended`() async throws {
            let unit = try await TestUnit("checked", service: "ExecStart=/bin/sleep infinity")
            #expect(await result(unit.name).isFailure(with: "unit checked.service is inactive"))
            try await systemctl("start", "checked")
            #expect(await result(unit.name) == .passed("unit checked.service is active (running)"))
            try await systemctl("kill", "--signal=KILL", "checked")
            let end = await result(of: unit.name) { if case .failed = $0 { true } else { false } }
            #expect(end == .failed("unit checked.service is failed (failed): it was killed by SIGKILL"))
            #expect(
                await result(try UnitName(configured: "nobody-there"))
                    == .failed("there is no unit nobody-there.service"))
        }

        @Test func `a unit of one job that has done it is not down, and one that has failed is`() async throws {
            let unit = try await TestUnit("checked-job", service: "Type=oneshot\nExecStart=/bin/true")
            #expect(await result(unit.name) == .passed("unit checked-job.service does one job, and is not at it"))
            try await systemctl("start", "checked-job")
            #expect(await result(unit.name) == .passed("unit checked-job.service does one job, and is not at it"))
            let broken = try await TestUnit("checked-failing", service: "Type=oneshot\nExecStart=/bin/false")
            try await systemctl("start", "--no-block", "checked-failing")
            let end = await result(of: broken.name) { if case .failed = $0 { true } else { false } }
            #expect(end.isFailure(with: "unit checked-failing.service is failed"))
        }

        @Test func `tells how long ago a unit that runs was started`() async throws {
            let unit = try await TestUnit("checked-age", service: "ExecStart=/bin/sleep infinity")
            #expect(await manager.age(of: unit.name) == nil)
            let begin = ContinuousClock.now
            try await systemctl("start", "checked-age")
            let age = try #require(await manager.age(of: unit.name))
            #expect(age > .zero && age <= ContinuousClock.now - begin)
            try await systemctl("stop", "checked-age")
            #expect(await manager.age(of: unit.name) == nil)
        }

        @Test func `finds the ports on which a unit of this host listens`() async throws {
            try await TestUnit(
                "listener",
                service: "ExecStart=/usr/bin/python3 -m http.server --bind 127.0.0.1 18080")
            try await systemctl("start", "listener")
            let address = RunningUnits.Address(host: "127.0.0.1", port: 18080)
            while RunningUnits.find(["listener.service"])["listener.service"]?.addresses != [address] {
                try await Task.sleep(for: .milliseconds(20))
            }
            #expect(RunningUnits.find(["nobody-there.service"]).isEmpty)
            try await systemctl("stop", "listener")
            #expect(RunningUnits.find(["listener.service"]).isEmpty)
        }

        @Test func `passes while systemd is about to start the unit again`() async throws {
            let unit = try await TestUnit(
                "checked-again", service: "ExecStart=/bin/sleep infinity\nRestart=always\nRestartSec=1h")
            try await systemctl("start", "checked-again")
            try await systemctl("kill", "--signal=KILL", "checked-again")
            let next = await result(of: unit.name) { $0 != .passed("unit checked-again.service is active (running)") }
            #expect(next == .passed("unit checked-again.service is activating (auto-restart)"))
        }

        @Test func `tells nothing of a unit that is being stopped, and passes for one that is being restarted`()
            async throws
        {
            let unit = try await TestUnit(
                "checked-slow",
                service: "ExecStart=/bin/sh -c 'trap : TERM; while :; do sleep 1; done'\nTimeoutStopSec=1h")
            try await systemctl("start", "checked-slow")
            try await systemctl("restart", "--no-block", "checked-slow")
            #expect(await result(unit.name).isPass)
            try await systemctl("stop", "--no-block", "checked-slow")
            let stopping = await result(of: unit.name) { if case .unknown = $0 { true } else { false } }
            #expect(stopping == .unknown("unit checked-slow.service is deactivating (stop-sigterm)"))
            try await systemctl("kill", "--signal=KILL", "checked-slow")
        }

        @Test func `a change is noticed by its signal, under an alias too; other units' changes are not`() async throws
        {
            try await TestUnit("watched", service: "ExecStart=/bin/sleep infinity")
            try await TestUnit("other", service: "ExecStart=/bin/sleep infinity")
            try await TestCommand.run("ln", ["-s", "watched.service", "/run/systemd/system/alias-of-watched.service"])
            try await systemctl("daemon-reload")
            try await systemctl("start", "watched", "other")
            let alias = try UnitName(configured: "alias-of-watched")
            let notices = NoticeCount(manager.changes(of: alias))
            // The first says that it is watched.
            await notices.wait(for: 1)
            try await systemctl("kill", "--signal=KILL", "other")
            while await result(try UnitName(configured: "other")).isPass {}
            #expect(notices.count == 1)
            let begin = ContinuousClock.now
            try await systemctl("kill", "--signal=KILL", "watched")
            await notices.wait(for: 2)
            print("measured: unit killed by systemctl → noticed in \((ContinuousClock.now - begin))")
            _ = await result(of: alias) { !$0.isPass }
            try await systemctl("reset-failed", "watched", "other")
        }

        @Test func `who waits is told when the connection breaks, and hears of changes again after that`() async throws
        {
            let unit = try await TestUnit("watched-on", service: "ExecStart=/bin/sleep infinity")
            try await systemctl("start", "watched-on")
            let notices = NoticeCount(manager.changes(of: unit.name))
            await notices.wait(for: 1)
            // systemd gives up all of its connections, and makes new ones.
            try await systemctl("daemon-reexec")
            await notices.wait(for: 2)
            while await !result(unit.name).isPass {}
            let before = notices.count
            try await systemctl("kill", "--signal=KILL", "watched-on")
            await notices.wait(for: before + 1)
        }
    }
}

/// Counts notices, and waits for so many.
private final class NoticeCount: Sendable {
    private final class Counter: Sendable {
        let value = Mutex(0)
    }

    private let counter: Counter
    private let reading: Task<Void, Never>

    init(_ notices: AsyncStream<Void>) {
        let counter = Counter()
        self.counter = counter
        reading = Task { for await _ in notices { counter.value.withLock { $0 += 1 } } }
    }

    deinit { reading.cancel() }

    var count: Int { counter.value.withLock { $0 } }

    func wait(for number: Int) async {
        while count < number { try? await Task.sleep(for: .milliseconds(1)) }
    }
}

extension CheckResult {
    fileprivate var isPass: Bool { if case .passed = self { true } else { false } }

    fileprivate func isFailure(with beginning: String) -> Bool {
        if case .failed(let text) = self { text.hasPrefix(beginning) } else { false }
    }
}
