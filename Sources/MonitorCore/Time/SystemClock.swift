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
