import Glibc
import MonitorCore

extension DaemonIdentity {
    /// Who this start of the daemon is: `PID-MILLISECONDS-RANDOM`, unlike any other start of any daemon.
    init(host: String) {
        let instance = "\(getpid())-\(Timestamp.wallClock().milliseconds)-\(UInt32.random(in: 0...UInt32.max))"
        self.init(host: host, instance: instance, pid: getpid(), version: MonitorVersion.text)
    }
}
