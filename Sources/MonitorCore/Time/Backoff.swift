/// Pauses between tries of something that keeps failing: doubling, capped, with a random share so that many hosts
/// don't come back at the same moment.
package struct Backoff: Sendable, Equatable {
    private let first: Duration
    private let cap: Duration
    private var failures = 0

    package init(first: Duration = .seconds(1), cap: Duration = .seconds(30)) {
        self.first = first
        self.cap = cap
    }

    /// The pause after one more failure.
    ///
    /// - Parameter random: a random number from 0 to 1; the pause is between half and all of its nominal length.
    package mutating func next(random: Double) -> Duration {
        let nominal = min(cap, first * (1 << min(failures, 20)))
        failures += 1
        return nominal * (0.5 + 0.5 * min(1, max(0, random)))
    }

    package mutating func succeeded() { failures = 0 }
}
