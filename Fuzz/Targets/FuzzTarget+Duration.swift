import MonitorCore

extension FuzzTarget {
    /// Durations as they are written in the configuration and on command lines.
    static let duration = FuzzTarget(name: "duration") { (bytes) throws(BrokenInvariant) in
        let text = bytes.decoded
        let duration: Duration
        do {
            duration = try Duration(parsing: text)
        } catch {
            try demandReadable("\(error)")
            return
        }
        try demand(bytes.allSatisfy { "0123456789.msinhd".utf8.contains($0) }, "'\(text)' is a duration")
        try demand(duration >= .zero, "'\(text)' is less than nothing")
        let seconds = try meant(by: text)
        let read = Double(duration.components.seconds) + Double(duration.components.attoseconds) / 1e18
        // Less than a nanosecond is dropped.
        try demand(abs(read - seconds) <= seconds * 1e-9 + 1e-9, "'\(text)' is \(read) s, not \(seconds)")
        guard let again = try? Duration(parsing: duration.written) else {
            throw BrokenInvariant("'\(duration.written)', as \(duration) is written, can't be read")
        }
        let difference = again > duration ? again - duration : duration - again
        try demand(difference < .milliseconds(1), "\(duration) is written '\(duration.written)'")
        try demand(again.written == duration.written, "'\(duration.written)' is written '\(again.written)'")
    }

    /// The seconds that a text means, found in another way.
    private static func meant(by text: String) throws(BrokenInvariant) -> Double {
        let units = [("ms", 0.001), ("min", 60), ("s", 1), ("h", 3600), ("d", 86400), ("", 1)]
        guard let (suffix, factor) = units.first(where: { text.hasSuffix($0.0) }),
            let number = Double(text.dropLast(suffix.count))
        else { throw BrokenInvariant("'\(text)' is a duration") }
        return number * factor
    }
}
