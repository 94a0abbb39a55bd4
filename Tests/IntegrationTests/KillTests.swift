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
        let site = try Site()
        let worker = try site.makeWorker()
        let name = "kill-\(step.rawValue)"
        // Waits at its step until the gate is opened; says that it is there.
        try site.write(
            """
            #!/bin/sh
            : > "\(site.directory)/at-$1"
            while [ ! -e "\(site.directory)/gate" ]; do sleep 0.05; done
            """, to: "wait", mode: 0o755)
        let wait = { (here: Step) in here == step ? "\(site.path("wait")) \(step.rawValue) && " : "" }
        try site.configure(
            """
            [process.\(name)]
            restart_strategy = process
            pid_file = \(site.path(name)).pid
            max_attempts = 1
            max_restart_failures = 3
            pre_restart_command = \(wait(.preparing)) true
            stop_command = \(wait(.stopping)) kill $(cat \(site.path(name)).pid)
            start_command = \(wait(.starting)) exec \(worker) %s
            health_check_command = \(wait(.checking)) \(site.isAlive(name))
            """)
        try await site.ctl("init")
        // A first recovery starts it; a failure before makes breaker counts that must survive.
        try site.write("", to: "gate")
        try site.raise([name])
        #expect(try await site.monitord("--once").wait().status == 0)
        try FileManager.default.removeItem(atPath: site.path("gate"))
        try? FileManager.default.removeItem(atPath: site.path("at-\(step.rawValue)"))
        try site.sql("UPDATE MONITOR_BREAKER SET failures = 1, provisional_success = NULL")
        try site.sql("UPDATE STATUS_PROCESS SET alarma = 1")

        let daemon = try site.monitord()
        try await eventually("it is at the step") {
            FileManager.default.fileExists(atPath: site.path("at-\(step.rawValue)"))
        }
        daemon.signal(SIGKILL)
        _ = try await daemon.wait()
        #expect(try site.alarms() == ["1"])
        #expect(try site.sql("SELECT failures FROM MONITOR_BREAKER")[0][0] == "1")

        try site.write("", to: "gate")
        let next = try await site.monitord("--once").wait()
        #expect(next.status == 0, "\(next.error)")
        #expect(try site.alarms().isEmpty)
        #expect(site.pid(of: name) != nil)
        try await eventually("one copy runs", within: 5) {
            try site.countProcesses(with: "\(worker) \(name)") == 1
        }
        #expect(try site.sql("SELECT failures FROM MONITOR_BREAKER")[0][0] == "1")
    }
}
