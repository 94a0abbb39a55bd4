internal import MonitorCore
internal import MonitorStatus
internal import Testing

@Suite struct TimeFormatTests {
    /// 2026-03-01 12:27:05.250 UTC.
    let times = TimeFormat(now: Timestamp(milliseconds: 1_772_368_025_250), zone: .utc)

    @Test(
        "how far away a moment is, in the largest unit that says it",
        arguments: [
            (0, "now"), (-999, "now"), (999, "now"), (-1000, "1 s ago"), (1000, "in 1 s"), (-59_499, "59 s ago"),
            (-59_500, "1 min ago"), (240_000, "in 4 min"), (239_000, "in 4 min"), (-3_569_999, "59 min ago"),
            (-3_570_000, "1 h ago"), (7_199_000, "in 2 h"), (-7_500_000, "2 h 5 min ago"), (-36_300_000, "10 h ago"),
            (-86_400_000, "24 h ago"), (-170_999_000, "47 h ago"), (-171_000_000, "2 days ago"),
            (8_640_000_000, "in 100 days"),
        ] as [(Int64, String)])
    func relative(milliseconds: Int64, text: String) {
        #expect(times.relative(times.now + .milliseconds(milliseconds)) == text)
    }

    @Test(
        "the time of a day that is today, day and time of any other",
        arguments: [
            (0, "12:27:05"), (-12 * 3_600_000, "00:27:05"), (-13 * 3_600_000, "2026-02-28 23:27:05"),
            (12 * 3_600_000, "2026-03-02 00:27:05"), (-365 * 86_400_000, "2025-03-01 12:27:05"),
        ] as [(Int64, String)])
    func exact(milliseconds: Int64, text: String) {
        #expect(times.exact(times.now + .milliseconds(milliseconds)) == text)
    }

    @Test(
        "programs read RFC 3339",
        arguments: [
            (1_772_368_025_250, "2026-03-01T12:27:05.250Z"), (0, "1970-01-01T00:00:00.000Z"),
            (-1, "1969-12-31T23:59:59.999Z"), (1_709_208_000_007, "2024-02-29T12:00:00.007Z"),
        ] as [(Int64, String)])
    func rfc3339(milliseconds: Int64, text: String) {
        #expect(Timestamp(milliseconds: milliseconds).description == text)
    }

    @Test(
        "fractions of a second are told as long as they matter",
        arguments: [
            (0, "0.0 s"), (349, "0.3 s"), (350, "0.4 s"), (59_949, "59.9 s"), (59_950, "1 min"), (60_000, "1 min"),
        ]
            as [(Int64, String)])
    func took(milliseconds: Int64, text: String) {
        #expect(TimeFormat.took(.milliseconds(milliseconds)) == text)
    }

    @Test(
        "moments in a note are told in the zone of the screen",
        arguments: [
            ("2026-03-01 12:20:00Z recovered: x", "12:20:00 recovered: x"),
            (
                "no restart before 2026-03-02 00:00:59Z (failures: 3)",
                "no restart before 2026-03-02 00:00:59 (failures: 3)"
            ),
            ("Zebra 2026-03-01 12:20:00 2026-3-1Z", "Zebra 2026-03-01 12:20:00 2026-3-1Z"), ("größe Z", "größe Z"),
            ("2024-02-29 23:59:59Z2026-03-01 00:00:00Z", "2024-02-29 23:59:5900:00:00"),
        ])
    func zone(note: String, text: String) {
        #expect(times.inThisZone(note) == text)
    }

    @Test(
        "a date is read back as the moment that it is",
        arguments: [0, -1000, 951_782_400_000, 1_772_368_025_000] as [Int64])
    func readBack(milliseconds: Int64) {
        let moment = Timestamp(milliseconds: milliseconds)
        let calendar = CalendarTime(moment)
        let seconds = calendar.hour * 3600 + calendar.minute * 60 + calendar.second
        #expect(
            Timestamp(year: calendar.year, month: calendar.month, day: calendar.day, secondOfDay: seconds) == moment)
    }

    @Test("a moment that no calendar has is told somehow, whatever the database holds", arguments: [Int64.min, .max])
    func extremes(milliseconds: Int64) {
        let moment = Timestamp(milliseconds: milliseconds)
        #expect(!times.full(moment).isEmpty)
        #expect(!times.age(of: moment).isEmpty)
        #expect(!moment.description.isEmpty)
        #expect(!TimeFormat(now: moment, zone: .utc).full(times.now).isEmpty)
        #expect(!TimeFormat.took(.milliseconds(milliseconds)).isEmpty)
    }
}
