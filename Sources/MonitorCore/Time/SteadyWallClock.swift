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
        bootTimeAtStart = Self.milliseconds(of: CLOCK_BOOTTIME)
    }

    public func now() -> Timestamp {
        wallAtStart + .milliseconds(Self.milliseconds(of: CLOCK_BOOTTIME) - bootTimeAtStart)
    }

    fileprivate static func milliseconds(of clock: clockid_t) -> Int64 {
        var time = timespec()
        clock_gettime(clock, &time)
        return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
    }
}

extension Timestamp {
    /// What the machine's clock says, for what is shown or stored by a tool that lives a moment.
    public static func wallClock() -> Timestamp {
        Timestamp(milliseconds: SteadyWallClock.milliseconds(of: CLOCK_REALTIME))
    }
}
