internal import MonitorCore

extension Timestamp {
    /// The moment in this machine's time zone: `2026-11-23 12:30:05.123+01:00`.
    package var localText: String { text(utcOffset: localUTCOffset, separator: " ") }

    /// The moment to the millisecond, in a time zone.
    ///
    /// - Parameters:
    ///   - utcOffset: seconds that the zone is before UTC.
    ///   - separator: what stands between date and time.
    func text(utcOffset: Int, separator: String) -> String {
        let calendar = CalendarTime(self, utcOffset: utcOffset)
        let minutes = Int64(abs(utcOffset) / 60)
        let zone =
            "\(utcOffset < 0 ? "-" : "+")\(CalendarTime.padded(minutes / 60)):\(CalendarTime.padded(minutes % 60))"
        return "\(calendar.date)\(separator)\(calendar.time).\(calendar.fraction)\(zone)"
    }
}
