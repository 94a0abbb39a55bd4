// The one file of MonitorCore that asks the operating system: Swift has no wall clock and no time zone of its own.
internal import Glibc

/// The clocks of the system.
///
/// - SeeAlso: `clock_gettime(2)`
package enum SystemClock {
    /// What systemd calls monotonic, in microseconds: it stands still while the machine is suspended, unlike Swift's
    /// `ContinuousClock`, which is `CLOCK_BOOTTIME` on Linux.
    package static func monotonicMicroseconds() -> UInt64 { UInt64(nanoseconds(of: CLOCK_MONOTONIC)) / 1000 }

    static func nanoseconds(of clock: clockid_t) -> Int64 {
        var time = timespec()
        clock_gettime(clock, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}

/// The wall clock as it stood when this was made, advanced by a clock that cannot be set.
///
/// Deadlines of breakers are compared on it, so that a daemon at work does not notice when an operator sets the time of
/// day. It counts the time that the machine is suspended (`CLOCK_BOOTTIME`).
package struct SteadyWallClock: Sendable {
    private let wallAtStart: Timestamp
    private let bootTimeAtStart: Int64

    package init() {
        wallAtStart = .wallClock()
        bootTimeAtStart = SystemClock.nanoseconds(of: CLOCK_BOOTTIME) / 1_000_000
    }

    package func now() -> Timestamp {
        wallAtStart + .milliseconds(SystemClock.nanoseconds(of: CLOCK_BOOTTIME) / 1_000_000 - bootTimeAtStart)
    }
}

extension Timestamp {
    /// What the machine's clock says, for what is shown or stored by a tool that lives a moment.
    public static func wallClock() -> Timestamp {
        Timestamp(milliseconds: SystemClock.nanoseconds(of: CLOCK_REALTIME) / 1_000_000)
    }

    /// How many seconds this machine's time zone is before UTC at that moment; 0 for years that no clock shows.
    package var localUTCOffset: Int {
        let (quotient, remainder) = milliseconds.quotientAndRemainder(dividingBy: 1000)
        var seconds = time_t(remainder < 0 ? quotient - 1 : quotient)
        var parts = tm()
        return localtime_r(&seconds, &parts) == nil ? 0 : parts.tm_gmtoff
    }
}
