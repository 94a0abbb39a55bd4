internal import Glibc
internal import MonitorCore

extension Timestamp {
    /// The moment in this machine's time zone: `2026-11-23 12:30:05.123+01:00`.
    package var localText: String { text(utcOffset: localUTCOffset, separator: " ") }

    /// How many seconds this machine's time zone is before UTC at that moment.
    var localUTCOffset: Int {
        var seconds = time_t(wholeSeconds)
        var parts = tm()
        // It fails for years that no clock shows.
        guard localtime_r(&seconds, &parts) != nil else { return 0 }
        return parts.tm_gmtoff
    }

    /// The moment to the millisecond, in a time zone.
    ///
    /// - Parameters:
    ///   - utcOffset: seconds that the zone is before UTC.
    ///   - separator: what stands between date and time.
    func text(utcOffset: Int, separator: String) -> String {
        var seconds = time_t(wholeSeconds &+ Int64(utcOffset))
        var parts = tm()
        guard gmtime_r(&seconds, &parts) != nil else { return "(time out of range)" }
        let date = "\(Int(parts.tm_year) + 1900)-\(digits(parts.tm_mon + 1))-\(digits(parts.tm_mday))"
        let time = "\(digits(parts.tm_hour)):\(digits(parts.tm_min)):\(digits(parts.tm_sec))"
        let fraction = digits(Int32((milliseconds % 1000 + 1000) % 1000), width: 3)
        let minutes = Int32(abs(utcOffset) / 60)
        let zone = "\(utcOffset < 0 ? "-" : "+")\(digits(minutes / 60)):\(digits(minutes % 60))"
        return "\(date)\(separator)\(time).\(fraction)\(zone)"
    }

    /// The seconds, rounded down, also before 1970.
    private var wholeSeconds: Int64 {
        let (quotient, remainder) = milliseconds.quotientAndRemainder(dividingBy: 1000)
        return remainder < 0 ? quotient - 1 : quotient
    }

    private func digits(_ number: Int32, width: Int = 2) -> String {
        let text = String(number)
        return String(repeating: "0", count: max(0, width - text.count)) + text
    }
}
