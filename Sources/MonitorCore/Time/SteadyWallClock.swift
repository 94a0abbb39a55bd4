internal import Glibc

/// The wall clock as it stood when this was made, advanced by a clock that nobody can set.
///
/// Deadlines of breakers are compared on it, so that a daemon at work does not notice when somebody sets the time of
/// day. It counts the time that the machine is suspended (`CLOCK_BOOTTIME`).
public struct SteadyWallClock: Sendable {
    private let wallAtStart: Timestamp
    private let bootTimeAtStart: Int64

    public init() {
        wallAtStart = .wallClock()
        bootTimeAtStart = SystemClock.nanoseconds(of: CLOCK_BOOTTIME) / 1_000_000
    }

    public func now() -> Timestamp {
        wallAtStart + .milliseconds(SystemClock.nanoseconds(of: CLOCK_BOOTTIME) / 1_000_000 - bootTimeAtStart)
    }
}

extension Timestamp {
    /// What the machine's clock says, for what is shown or stored by a tool that lives a moment.
    public static func wallClock() -> Timestamp {
        Timestamp(milliseconds: SystemClock.nanoseconds(of: CLOCK_REALTIME) / 1_000_000)
    }
}
