internal import Glibc
internal import MonitorCore

/// Which process is meant: a pid alone is given to another process some day.
struct ProcessIdentity: Hashable, Sendable, CustomStringConvertible {
    var pid: pid_t
    /// When it started, in clock ticks since boot.
    var startTime: UInt64

    var description: String { "\(pid)" }
}
