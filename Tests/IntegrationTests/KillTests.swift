import Foundation
import Testing

/// `kill -9` of the daemon at every step of a recovery: the next start finishes it.
@Suite struct KillTests {
    /// Where the daemon is killed: what is in the way of the recovery, and how it shows that it has got there.
    enum Step: String, CaseIterable, Sendable {
        case preparing, stopping, starting, checking
    }

    @Test(arguments: Step.allCases)
    func `killed there, the recovery is finished by the next start, and breaker counts are those before`(
        step: Step
    ) async throws {
        let shop = try Workshop()
        let worker = try shop.makeWorker()
        let name = "kill-\(step.rawValue)"
        // Waits at its step until the gate is opened; says that it is there.
        try shop.write(
            """
            #!/bin/sh
            : > "\(shop.directory)/at-$1"
            while [ ! -e "\(shop.directory)/gate" ]; do sleep 0.05; done
            """, to: "wait", mode: 0o755)
        let wait = { (here: Step) in here == step ? "\(shop.path("wait")) \(step.rawValue) && " : "" }
        try shop.configure(
            """
            [process.\(name)]
            restart_strategy = process
            pid_file = \(shop.path(name)).pid
            max_attempts = 1
            max_restart_failures = 3
            pre_restart_command = \(wait(.preparing)) true
            stop_command = \(wait(.stopping)) kill $(cat \(shop.path(name)).pid)
            start_command = \(wait(.starting)) exec \(worker) %s
            health_check_command = \(wait(.checking)) kill -0 $(cat \(shop.path(name)).pid)
            """)
        try await shop.ctl("init")
        // A first recovery starts it; a failure before makes breaker counts that must survive.
        try shop.write("", to: "gate")
        try shop.raise([name])
        #expect(try await shop.monitord("--once").wait().status == 0)
        try FileManager.default.removeItem(atPath: shop.path("gate"))
        try? FileManager.default.removeItem(atPath: shop.path("at-\(step.rawValue)"))
        try shop.sql("UPDATE MONITOR_BREAKER SET failures = 1, provisional_success = NULL")
        try shop.sql("UPDATE STATUS_PROCESS SET alarma = 1")

        let daemon = try shop.monitord()
        try await eventually("it is at the step") {
            FileManager.default.fileExists(atPath: shop.path("at-\(step.rawValue)"))
        }
        daemon.signal(SIGKILL)
        _ = try await daemon.wait()
        #expect(try shop.alarms() == ["1"])
        #expect(try shop.sql("SELECT failures FROM MONITOR_BREAKER")[0][0] == "1")

        try shop.write("", to: "gate")
        let next = try await shop.monitord("--once").wait()
        #expect(next.status == 0, "\(next.error)")
        #expect(try shop.alarms().isEmpty)
        #expect(shop.pid(of: name) != nil)
        try await eventually("one copy runs", within: 5) {
            try shop.countProcesses(with: "\(worker) \(name)") == 1
        }
        #expect(try shop.sql("SELECT failures FROM MONITOR_BREAKER")[0][0] == "1")
    }
}
