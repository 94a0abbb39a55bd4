/// Where a check stands, once enough results have agreed.
public enum CheckStanding: String, Sendable, Codable, CaseIterable {
    case passed, failed
    /// The check could not be made, again and again: nothing is known.
    case unknown
}

/// What the results of one check come to: a value that is told the time.
///
/// The standings, and what they can transition to:
/// - *none* (nothing is known yet) → passed, failed, unknown
/// - *passed* → failed, unknown
/// - *failed* → passed; *none*, when the process was recovered
/// - *unknown* → passed, failed
package struct CheckState: Sendable, Equatable {
    /// nil until results have told.
    package private(set) var standing: CheckStanding?
    /// Since when it stands so.
    package private(set) var since: Timestamp?
    /// What the last result said that agrees with the standing.
    package private(set) var message = ""
    /// Failures in a row.
    package private(set) var failures = 0
    /// Results in a row that tell nothing.
    private var unknowns = 0
    /// The last result was a pass.
    private var hasPassedLast = false
    /// Until then a failure counts for nothing.
    private var graceEnd: Timestamp
    private let threshold: Int
    private let graceAfterStart: Duration

    /// - Parameter start: from when on grace is given.
    package init(_ spec: CheckSpec, startedAt start: Timestamp) {
        threshold = spec.threshold
        graceAfterStart = spec.graceAfterStart
        graceEnd = start + spec.grace
    }

    /// Takes over how it stood in an earlier life of the daemon, unless it is known better by now.
    package mutating func restore(_ record: CheckRecord) {
        guard standing == nil else { return }
        (standing, since, message) = (record.standing, record.since, record.message)
    }

    /// Takes over how it stood when it was configured otherwise.
    package mutating func take(_ earlier: CheckState) {
        (standing, since, message) = (earlier.standing, earlier.since, earlier.message)
    }

    /// The process was started then: what it has failed at before counts no longer.
    package mutating func processStarted(at moment: Timestamp) {
        graceEnd = max(graceEnd, moment + graceAfterStart)
        failures = 0
    }

    /// The process was recovered: how the check stood was about the one before.
    package mutating func processRecovered(at moment: Timestamp) {
        processStarted(at: moment)
        (standing, since) = (nil, nil)
    }

    /// Takes a result.
    ///
    /// - Returns: whether the standing is another one now.
    package mutating func record(_ result: CheckResult, at now: Timestamp) -> Bool {
        hasPassedLast = if case .passed = result { true } else { false }
        switch result {
        case .passed(let text):
            (failures, unknowns) = (0, 0)
            return become(.passed, text, now)
        case .failed(let text):
            unknowns = 0
            guard now >= graceEnd else { return false }
            failures += 1
            return failures >= threshold && become(.failed, text, now)
        case .unknown(let text):
            unknowns += 1
            // What has failed is not better for that.
            return unknowns >= threshold && standing != .failed && become(.unknown, text, now)
        }
    }

    /// One more failure now would be the one that counts.
    package func wouldFail(at now: Timestamp) -> Bool {
        standing != .failed && now >= graceEnd && failures + 1 >= threshold
    }

    /// Whether it has failed, and its failures count.
    package func isFailing(at now: Timestamp) -> Bool { standing == .failed && now >= graceEnd }

    /// Whether all that was told last is that it passes.
    package var isQuiet: Bool { standing == .passed && hasPassedLast }

    private mutating func become(_ new: CheckStanding, _ text: String, _ now: Timestamp) -> Bool {
        message = text
        guard standing != new else { return false }
        (standing, since) = (new, now)
        return true
    }
}
