internal import Glibc
internal import MonitorCore

/// Moments as people read them: `12:31:05`, `3 min ago`, `in 2 h`.
struct TimeFormat: Sendable, Equatable {
    enum Zone: Sendable { case local, utc }

    /// The moment from which others are told.
    var now: Timestamp
    var zone: Zone

    /// The moment itself: the time of a day that is today, day and time of any other.
    func exact(_ moment: Timestamp) -> String {
        let then = fields(of: moment)
        let today = fields(of: now)
        let isToday = then.tm_year == today.tm_year && then.tm_yday == today.tm_yday
        return isToday ? Self.time(then) : "\(Self.date(then)) \(Self.time(then))"
    }

    /// How far away it is: `3 min ago`, `in 4 min`, `now`.
    func relative(_ moment: Timestamp) -> String {
        let distance = moment - now
        if abs(distance.wholeMilliseconds) < 1000 { return "now" }
        return distance < .zero ? "\(Self.length(now - moment)) ago" : "in \(Self.length(distance))"
    }

    /// Both: `12:31:05 (3 min ago)`.
    func full(_ moment: Timestamp) -> String { "\(exact(moment)) (\(relative(moment)))" }

    /// How long ago it was, for a state that lasts since then: `3 min`.
    func age(of moment: Timestamp) -> String { Self.length(max(.zero, now - moment)) }

    /// A length of time in one or two units, rounded down: `5 s`, `12 min`, `2 h 5 min`, `3 days`.
    static func length(_ duration: Duration) -> String {
        let seconds = max(0, duration.components.seconds)
        let (minutes, hours, days) = (seconds / 60, seconds / 3600, seconds / 86400)
        if minutes < 1 { return "\(seconds) s" }
        if hours < 1 { return "\(minutes) min" }
        if hours < 10, minutes % 60 > 0 { return "\(hours) h \(minutes % 60) min" }
        if days < 2 { return "\(hours) h" }
        return "\(days) days"
    }

    /// How long something took: `0.3 s` where fractions still matter, ``length(_:)`` where they don't.
    static func took(_ duration: Duration) -> String {
        let tenths = (duration.wholeMilliseconds + 50) / 100
        return tenths < 600 ? "\(tenths / 10).\(tenths % 10) s" : length(duration)
    }

    /// RFC 3339 in UTC with milliseconds, for programs: `2026-03-01T12:31:05.250Z`.
    static func rfc3339(_ moment: Timestamp) -> String {
        let fields = TimeFormat(now: moment, zone: .utc).fields(of: moment)
        let milliseconds = moment.milliseconds - moment.wholeSeconds * 1000
        return "\(date(fields))T\(time(fields)).\(padded(milliseconds, to: 3))Z"
    }

    private func fields(of moment: Timestamp) -> tm {
        var seconds = time_t(moment.wholeSeconds)
        var fields = tm()
        switch zone {
        case .local: localtime_r(&seconds, &fields)
        case .utc: gmtime_r(&seconds, &fields)
        }
        return fields
    }

    private static func date(_ fields: tm) -> String {
        "\(padded(fields.tm_year + 1900, to: 4))-\(padded(fields.tm_mon + 1, to: 2))-\(padded(fields.tm_mday, to: 2))"
    }

    private static func time(_ fields: tm) -> String {
        "\(padded(fields.tm_hour, to: 2)):\(padded(fields.tm_min, to: 2)):\(padded(fields.tm_sec, to: 2))"
    }

    private static func padded(_ number: some BinaryInteger, to width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
}

extension Timestamp {
    /// Seconds since 1970, rounded down, also before it.
    fileprivate var wholeSeconds: Int64 {
        let (quotient, remainder) = milliseconds.quotientAndRemainder(dividingBy: 1000)
        return remainder < 0 ? quotient - 1 : quotient
    }
}
