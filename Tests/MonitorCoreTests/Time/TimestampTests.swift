import MonitorCore
import Testing

@Suite struct TimestampTests {
    @Test(arguments: [
        (Int64(0), "1970-01-01 00:00:00Z"), (-1, "1969-12-31 23:59:59Z"), (951_782_400_000, "2000-02-29 00:00:00Z"),
        (1_795_433_405_999, "2026-11-23 11:30:05Z"),
    ])
    func `text is UTC to the second`(milliseconds: Int64, text: String) {
        #expect(Timestamp(milliseconds: milliseconds).utcText == text)
    }

    @Test(arguments: [
        (Int64(0), "1970-01-01T00:00:00.000Z"), (-1, "1969-12-31T23:59:59.999Z"),
        (1_795_433_405_250, "2026-11-23T11:30:05.250Z"),
    ])
    func `it describes itself as RFC 3339 has it`(milliseconds: Int64, text: String) {
        #expect("\(Timestamp(milliseconds: milliseconds))" == text)
    }

    @Test func `sums saturate instead of trapping`() {
        let end = Timestamp(milliseconds: .max)
        #expect(end + .seconds(1) == end)
        #expect(Timestamp(milliseconds: .min) + .seconds(-1) == Timestamp(milliseconds: .min))
    }

    @Test func `a difference that is too large keeps its sign`() {
        let (first, last) = (Timestamp(milliseconds: .min), Timestamp(milliseconds: .max))
        #expect(last - first == .milliseconds(Int64.max))
        #expect(first - last == .milliseconds(Int64.min))
    }

    @Test(arguments: [
        (Duration.milliseconds(1500), Int64(1500)), (.microseconds(1499), 1), (.microseconds(1500), 2),
        (.microseconds(-1500), -2), (.seconds(Int64.max), .max), (.zero, 0),
    ])
    func `a duration is rounded to milliseconds`(duration: Duration, milliseconds: Int64) {
        #expect(duration.wholeMilliseconds == milliseconds)
    }

    @Test func `a steady clock agrees with the wall clock that it was set by`() {
        let steady = SteadyWallClock()
        let difference = steady.now() - Timestamp.wallClock()
        #expect(difference > .seconds(-5) && difference < .seconds(5))
    }
}
