import Glibc
import MonitorStore
import Testing

extension Fault {
    /// `kill -9` of the daemon at every step of a recovery, in their order; the next daemon finishes it.
    static let ofKilledDaemon: [Fault] =
        [
            killed("before its beginning is recorded", "the database is locked: it can't begin") { scene in
                // It has seen the alarms, and waits to write.
                let lock = try scene.database.connection()
                scene.daemon?.signal(SIGSTOP)
                try scene.raise()
                try lock.run("BEGIN IMMEDIATE")
                scene.daemon?.signal(SIGCONT)
                try await scene.logs("store.busy")
                try await scene.killDaemon()
                try lock.run("ROLLBACK")
            }
        ] + FaultScene.Step.allCases.map(killed(at:)) + [
            killed(
                "between two attempts", "its health check has failed",
                trying: "health_check_timeout = 300ms\nrestart_delay = 30\nmax_attempts = 2"
            ) { scene in
                try scene.makeSick()
                try scene.raise()
                try await eventually("its checks fail", in: scene.daemon) { scene.failedChecks >= scene.names.count }
                // Until the last check of the attempt has failed too.
                try await Task.sleep(for: .seconds(1))
                try await scene.killDaemon()
                try scene.makeWell()
            },
            killed("before its outcome is written", "the database is locked: it can't finish") { scene in
                try await scene.raise(andWaitAt: .checking)
                let lock = try scene.database.connection()
                try lock.run("BEGIN IMMEDIATE")
                scene.letGo(.checking)
                try await scene.logs("store.kept")
                try await scene.killDaemon()
                try lock.run("ROLLBACK")
            },
            killed("after its outcome is written", "the first alarm is cleared") { scene in
                try scene.raise()
                try await eventually("an alarm is cleared", in: scene.daemon) { try scene.alarms().count < 3 }
                try await scene.killDaemon()
            },
        ]

    private static func killed(at step: FaultScene.Step) -> Fault {
        let place =
            switch step {
            case .preparing: "its pre_restart_command runs: begun, and nothing touched"
            case .stopping: "its stop_command runs"
            case .stopped: "between stop and start"
            case .starting: "its start_command runs"
            case .checking: "its health check runs"
            }
        return killed("while \(step.rawValue)", place) { scene in
            try await scene.raise(andWaitAt: step)
            try await scene.killDaemon()
            scene.letGo(step)
        }
    }

    /// - Parameter keys: how long and how often a process is tried, until the daemon is killed.
    private static func killed(
        _ moment: String, _ place: String, trying keys: String = "", _ kill: @escaping Action
    ) -> Fault {
        Fault("monitord killed \(moment)", "kill -9; \(place)") { scene in
            try await kill(scene)
            let failures = try scene.database.sql("SELECT failures FROM MONITOR_BREAKER")
            #expect(failures.allSatisfy { $0 == ["0"] }, "its end is nobody's failure")
            try scene.configure()
            try scene.startDaemon()
            scene.mended()
        } beginning: {
            try await $0.begin(process: keys)
        }
    }
}
