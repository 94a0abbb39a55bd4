package import MonitorCore

/// Moments as people read them: `12:31:05`, `3 min ago`, `in 2 h`.
package struct TimeFormat: Sendable, Equatable {
    package enum Zone: Sendable { case local, utc }

    /// The moment from which distances are counted.
    package var now: Timestamp
    package var zone: Zone

    package init(now: Timestamp, zone: Zone) {
        self.now = now
        self.zone = zone
    }

    /// The moment itself: the time of a day that is today, day and time of any other.
    package func exact(_ moment: Timestamp) -> String {
        let then = calendar(of: moment)
        return then.date == calendar(of: now).date ? then.time : "\(then.date) \(then.time)"
    }

    /// How far away it is: `3 min ago`, `in 4 min`, `now`.
    package func relative(_ moment: Timestamp) -> String {
        let distance = moment - now
        if distance > .seconds(-1), distance < .seconds(1) { return "now" }
        return distance < .zero ? "\(Self.length(now - moment)) ago" : "in \(Self.length(distance))"
    }

    /// Both: `12:31:05 (3 min ago)`.
    package func full(_ moment: Timestamp) -> String { "\(exact(moment)) (\(relative(moment)))" }

    /// How long ago it was, for a state that lasts since then: `3 min`.
    package func age(of moment: Timestamp) -> String { Self.length(max(.zero, now - moment)) }

    /// A length of time in one or two units, rounded to the nearest: `5 s`, `12 min`, `2 h 5 min`, `3 days`.
    package static func length(_ duration: Duration) -> String {
        func count(_ unit: Int64) -> Int64 { (milliseconds(of: duration) + unit / 2) / unit }
        let (seconds, minutes, hours) = (count(1000), count(60_000), count(3_600_000))
        if seconds < 60 { return "\(seconds) s" }
        if minutes < 60 { return "\(minutes) min" }
        if minutes < 600, minutes % 60 > 0 { return "\(minutes / 60) h \(minutes % 60) min" }
        if hours < 48 { return "\(hours) h" }
        return "\(count(86_400_000)) days"
    }

    /// How long something took: `0.3 s` where fractions still matter, ``length(_:)`` where they don't.
    package static func took(_ duration: Duration) -> String {
        let tenths = (milliseconds(of: duration) + 50) / 100
        return tenths < 600 ? "\(tenths / 10).\(tenths % 10) s" : length(duration)
    }

    /// At least none, and at most a million years, which are as good as more and leave room for rounding.
    private static func milliseconds(of duration: Duration) -> Int64 {
        min(max(0, duration.wholeMilliseconds), 31_557_600_000_000_000)
    }

    private func calendar(of moment: Timestamp) -> CalendarTime {
        CalendarTime(moment, utcOffset: zone == .local ? moment.localUTCOffset : 0)
    }
}

extension TimeFormat {
    /// The text with the moments that the daemon writes into notes (``Timestamp/utcText``) in this zone: on one
    /// screen there is one zone.
    package func inThisZone(_ text: String) -> String {
        guard text.utf8.contains(UInt8(ascii: "Z")) else { return text }
        let bytes = Array(text.utf8)
        var result: [UInt8] = []
        var index = 0
        while index < bytes.count {
            if let moment = Self.moment(in: bytes[index...]) {
                result += exact(moment).utf8
                index += Self.utcPattern.count
            } else {
                result.append(bytes[index])
                index += 1
            }
        }
        return String(decoding: result, as: UTF8.self)
    }

    private static let utcPattern = Array("dddd-dd-dd dd:dd:ddZ".utf8)

    /// The moment that the bytes begin with; nil where they don't.
    private static func moment(in bytes: ArraySlice<UInt8>) -> Timestamp? {
        guard bytes.count >= utcPattern.count else { return nil }
        var numbers: [Int64] = [0]
        for (byte, pattern) in zip(bytes, utcPattern) {
            if pattern == UInt8(ascii: "d") {
                guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { return nil }
                numbers[numbers.count - 1] = numbers[numbers.count - 1] * 10 + Int64(byte - UInt8(ascii: "0"))
            } else {
                guard byte == pattern else { return nil }
                numbers.append(0)
            }
        }
        return Timestamp(
            year: numbers[0], month: numbers[1], day: numbers[2],
            secondOfDay: numbers[3] * 3600 + numbers[4] * 60 + numbers[5])
    }
}
