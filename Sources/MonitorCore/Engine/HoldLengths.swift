/// How long holds last for a clock that may be set while they do.
///
/// An operator's end of a hold is a moment of the machine's clock; a daemon goes by one that nobody can set. A hold is in
/// force as long as either of them says so, but from when it was first seen never for longer than it was made for: so
/// no clock that is set makes it end early, or stay for days.
struct HoldLengths: Sendable {
    private var firstSeen: [Int64: (since: Timestamp, at: Timestamp)] = [:]

    /// How long a hold still lasts.
    ///
    /// - Returns: zero or less when it is over; nil when it lasts until it is released.
    mutating func left(
        of hold: Hold, _ processID: Int64, at now: Timestamp, wallClock: Timestamp
    ) -> Duration? {
        guard let until = hold.until else { return nil }
        var seen = now
        // The earliest: the clock of the decisions may have been another one in an earlier life.
        if let known = firstSeen[processID], known.since == hold.since { seen = min(known.at, now) }
        firstSeen[processID] = (hold.since, seen)
        return min(max(until - now, until - wallClock), seen + (until - hold.since) - now)
    }

    mutating func forget(allBut ids: Set<Int64>) {
        if !firstSeen.isEmpty { firstSeen = firstSeen.filter { ids.contains($0.key) } }
    }
}
