internal import Glibc
public import MonitorCore
internal import MonitorIO

extension ProtectedUnits {
    /// Protects the service that this process runs in, by whatever name, and a user's session manager above it.
    ///
    /// - SeeAlso: `cgroups(7)`, `/proc/PID/cgroup`
    public static func ofThisProcess() -> ProtectedUnits {
        ProtectedUnits(controlGroups: (try? read("/proc/self/cgroup")) ?? "")
    }

    private static func read(_ path: String) throws(SystemError) -> String {
        let file = try OwnedDescriptor(opening: path, O_RDONLY)
        return String(decoding: try file.read(limit: 64 << 10), as: UTF8.self)
    }
}
