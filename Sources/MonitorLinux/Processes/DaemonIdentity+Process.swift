internal import Glibc
package import MonitorCore
internal import MonitorIO

extension DaemonIdentity {
    /// Who this process is as a daemon.
    ///
    /// Its ``instance`` is `MACHINE-PID-START`: which boot of which machine, and which process of it. So the next daemon
    /// on the same machine knows at once that one before it is gone, however that ended, and need not wait for its
    /// heartbeat to run out.
    package static func ofThisProcess(host: String, version: String) -> DaemonIdentity {
        let pid = getpid()
        let start = ProcFile(pid: pid).stat()?.identity.startTime ?? 0
        return DaemonIdentity(host: host, instance: "\(boot)-\(pid)-\(start)", pid: pid, version: version)
    }

    /// Whether the daemon of that instance has ended; nil for one of another machine, container or boot, of which this
    /// machine can't tell.
    package static func hasExited(_ instance: String) -> Bool? {
        let parts = instance.split(separator: "-")
        guard parts.count == 3, parts[0] == boot, let pid = pid_t(parts[1]) else { return nil }
        // Where /proc hides the processes of others, this still tells that there is one.
        guard let stat = ProcFile(pid: pid).stat() else { return kill(pid, 0) != 0 && errno == ESRCH }
        return !stat.isAlive || "\(stat.identity.startTime)" != parts[2]
    }

    /// This boot of this machine, and the container in which pids mean what they mean here.
    static let boot: String = {
        let boot = firstLine(of: "/proc/sys/kernel/random/boot_id").filter { $0 != "-" }.prefix(12)
        var space = stat()
        _ = stat("/proc/self/ns/pid", &space)
        return "\(boot).\(space.st_ino)"
    }()

    private static func firstLine(of path: String) -> String {
        guard let file = try? OwnedDescriptor(opening: path, O_RDONLY), let bytes = try? file.read(limit: 4096) else {
            return ""
        }
        return String(decoding: bytes.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
    }
}

extension ProtectedUnits {
    /// Protects the service that this process runs in, by whatever name, and a user's session manager above it.
    ///
    /// - SeeAlso: `cgroups(7)`, `/proc/PID/cgroup`
    package static func ofThisProcess() -> ProtectedUnits {
        ProtectedUnits(controlGroups: (try? read("/proc/self/cgroup")) ?? "")
    }

    private static func read(_ path: String) throws(SystemError) -> String {
        let file = try OwnedDescriptor(opening: path, O_RDONLY)
        return String(decoding: try file.read(limit: 64 << 10), as: UTF8.self)
    }
}
