import Glibc
import Testing

extension Fault {
    /// Of the daemon and of what it lives by.
    static let ofDaemon: [Fault] = [
        Fault("monitord stopped by its administrator", "SIGTERM in mid-recovery, and a new start") { scene in
            try await scene.raise(andWaitAt: .checking)
            scene.daemon?.signal(SIGTERM)
            #expect(try await scene.daemon?.wait().status == 0)
            scene.letGo(.checking)
            try scene.startDaemon()
            scene.mended()
        },
        Fault("monitord suspended", "SIGSTOP in mid-recovery, SIGCONT") { scene in
            try await scene.raise(andWaitAt: .checking)
            scene.daemon?.signal(SIGSTOP)
            scene.letGo(.checking)
            try await Task.sleep(for: .seconds(1))
            #expect(try scene.alarms().count == 3)
            scene.daemon?.signal(SIGCONT)
            scene.mended()
        },
        Fault("configuration half-written", "cut off in mid-line, SIGHUP; then whole, SIGHUP") { scene in
            let whole = try String(contentsOfFile: scene.site.configuration, encoding: .utf8)
            let half = try #require(whole.range(of: "health_check_comm")).upperBound
            try scene.site.write(String(whole[..<half]), to: "config.ini")
            try scene.raise()
            scene.daemon?.signal(SIGHUP)
            try await scene.logs("config.rejected")
            try scene.site.write(whole, to: "config.ini")
            try await scene.reload()
            scene.mended()
        },
        Fault("wake socket gone", "unlink; alarms set by monitorctl") { scene in
            #expect(unlink(scene.site.path("run/wake")) == 0)
            try scene.raise()
            #expect(try await scene.site.ctl("alarm", "set", "--all").status == 0)
            scene.mended()
        },
        Fault("lock file gone, and a second daemon", "unlink; a start beside the first in mid-recovery") { scene in
            try await scene.raise(andWaitAt: .stopped)
            #expect(unlink(scene.site.path("state/lock")) == 0)
            let second = try scene.site.monitord()
            try await eventually("the second looks", in: second) { second.log.contains("recovery.elsewhere") }
            scene.letGo(.stopped)
            try await eventually("all is normal", in: scene.daemon) { try scene.isNormal() }
            second.signal(SIGTERM)
            #expect(try await second.wait().status == 0)
            scene.mended()
        },
        Fault("state directory gone", "removed in mid-recovery, of processes started as they were") { scene in
            try await scene.raise(andWaitAt: .preparing)
            try scene.remove("state")
            scene.letGo(.preparing)
            scene.mended()
        } beginning: {
            try await $0.begin(startsAsItWas: true)
        },
        Fault("health check fails for long", "a check that fails; breakers open, and close again") { scene in
            try scene.makeSick()
            try scene.raise()
            try await eventually("all breakers open", in: scene.daemon) {
                try scene.database.sql("SELECT notes FROM STATUS_PROCESS").allSatisfy {
                    $0[0]?.contains("none before") == true
                }
            }
            #expect(try scene.alarms().count == 3)
            try scene.makeWell()
            scene.mended()
        } beginning: {
            try await $0.begin(
                monitor: "circuit_reset_time = 2",
                process: "health_check_timeout = 300ms\nmax_attempts = 1\nmax_restart_failures = 1")
        },
    ]
}
