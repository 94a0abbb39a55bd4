/// A moment of the wall clock, in milliseconds since 1970-01-01 00:00 UTC.
///
/// It is what is stored and shown. How long something took is a `Duration` of a `Clock`.
/// In a coder it is one number, the milliseconds.
public struct Timestamp: Hashable, Comparable, Sendable, Codable {
    public var milliseconds: Int64

    public init(milliseconds: Int64) { self.milliseconds = milliseconds }

    public init(from decoder: any Decoder) throws {
        milliseconds = try decoder.singleValueContainer().decode(Int64.self)
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(milliseconds)
    }

    public static func < (left: Self, right: Self) -> Bool { left.milliseconds < right.milliseconds }

    /// The moment `duration` later; saturates at the ends of the range.
    public static func + (moment: Self, duration: Duration) -> Self {
        let (sum, overflow) = moment.milliseconds.addingReportingOverflow(duration.wholeMilliseconds)
        return Self(milliseconds: overflow ? (duration < .zero ? .min : .max) : sum)
    }

    /// The time from `right` to `left`, negative when `right` is the later one; saturates at the ends of the range.
    public static func - (left: Self, right: Self) -> Duration {
        let (difference, overflow) = left.milliseconds.subtractingReportingOverflow(right.milliseconds)
        return .milliseconds(overflow ? (left < right ? .min : .max) : difference)
    }
}

extension Timestamp: CustomStringConvertible {
    /// `2026-11-23T12:30:05.250Z`: RFC 3339 in UTC, with milliseconds.
    public var description: String {
        let calendar = CalendarTime(self)
        return "\(calendar.date)T\(calendar.time).\(calendar.fraction)Z"
    }

    /// `2026-11-23 12:30:05Z`: UTC, to the second, for notes that may be read anywhere.
    package var utcText: String {
        let calendar = CalendarTime(self)
        return "\(calendar.date) \(calendar.time)Z"
    }

    /// The moment of a date of the Gregorian calendar in UTC, ``utcText`` read back.
    package init(year: Int64, month: Int64, day: Int64, secondOfDay: Int64) {
        let days = CalendarTime.daysSince1970(year: year, month: month, day: day)
        milliseconds = (days * 86400 + secondOfDay) * 1000
    }
}

/// A moment as a calendar and a clock on the wall show it.
package struct CalendarTime: Sendable, Equatable {
    package var year: Int64
    package var month: Int64
    package var day: Int64
    package var hour: Int64
    package var minute: Int64
    package var second: Int64
    package var millisecond: Int64

    /// - Parameter utcOffset: seconds by which the zone is before UTC.
    package init(_ moment: Timestamp, utcOffset: Int = 0) {
        let (seconds, millisecond) = Self.flooredDivision(moment.milliseconds, by: 1000)
        let (days, time) = Self.flooredDivision(seconds + Int64(utcOffset), by: 86400)
        (year, month, day) = Self.civilDate(daysSince1970: days)
        (hour, minute, second) = (time / 3600, time / 60 % 60, time % 60)
        self.millisecond = millisecond
    }

    /// `2026-11-23`.
    package var date: String { "\(Self.padded(year, to: 4))-\(Self.padded(month))-\(Self.padded(day))" }
    /// `12:30:05`.
    package var time: String { "\(Self.padded(hour)):\(Self.padded(minute)):\(Self.padded(second))" }
    /// `250`: the milliseconds.
    package var fraction: String { Self.padded(millisecond, to: 3) }

    package static func padded(_ number: Int64, to width: Int = 2) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }

    private static func flooredDivision(_ number: Int64, by divisor: Int64) -> (quotient: Int64, remainder: Int64) {
        let (quotient, remainder) = number.quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
    }

    /// The date of the proleptic Gregorian calendar, counted in eras of 400 years that begin on 1 March.
    ///
    /// - SeeAlso: Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", `civil_from_days`
    private static func civilDate(daysSince1970 days: Int64) -> (year: Int64, month: Int64, day: Int64) {
        let (era, dayOfEra) = flooredDivision(days + 719_468, by: 146_097)
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        let day = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day)
    }

    /// - SeeAlso: `days_from_civil` of the same paper
    fileprivate static func daysSince1970(year: Int64, month: Int64, day: Int64) -> Int64 {
        let (era, yearOfEra) = flooredDivision(month <= 2 ? year - 1 : year, by: 400)
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }
}

extension Duration {
    /// The duration in milliseconds, rounded to the nearest, saturating.
    package var wholeMilliseconds: Int64 {
        let (seconds, attoseconds) = components
        let (scaled, overflow) = seconds.multipliedReportingOverflow(by: 1000)
        guard !overflow else { return seconds < 0 ? .min : .max }
        let half: Int64 = attoseconds < 0 ? -500_000_000_000_000 : 500_000_000_000_000
        return scaled.addingReportingOverflow((attoseconds + half) / 1_000_000_000_000_000).partialValue
    }

    /// The duration in seconds.
    package var seconds: Double { Double(components.seconds) + Double(components.attoseconds) / 1e18 }
}
