import Testing

@testable import MonitorSystemd

@Suite struct DurationTests {
    @Test(arguments: [
        (Duration.zero, UInt64(0)), (.seconds(-1), 0), (.microseconds(1), 1), (.nanoseconds(999), 0),
        (.milliseconds(1500), 1_500_000), (.seconds(Int64.max), .max),
    ])
    func `becomes microseconds`(duration: Duration, microseconds: UInt64) {
        #expect(duration.microseconds == microseconds)
    }

    @Test func `becomes nanoseconds`() {
        #expect(Duration.milliseconds(2).nanoseconds == 2_000_000)
        #expect(Duration.seconds(Int64.max).nanoseconds == .max)
        #expect(Duration.seconds(-5).nanoseconds == 0)
    }

    @Test func `systemd's infinity is none`() {
        #expect(Duration(systemdMicroseconds: .max) == nil)
        #expect(Duration(systemdMicroseconds: 1_500_000) == .milliseconds(1500))
    }
}
