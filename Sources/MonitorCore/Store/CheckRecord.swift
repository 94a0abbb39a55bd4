/// What is kept of a check: a row of `MONITOR_CHECK`.
public struct CheckRecord: Sendable, Equatable, Codable {
    public var processID: Int64
    /// The name of the check.
    public var check: String
    public var standing: CheckStanding
    /// Since when it stands so.
    public var since: Timestamp
    /// What the check said when it came to stand so.
    public var message: String

    public init(processID: Int64, check: String, standing: CheckStanding, since: Timestamp, message: String) {
        self.processID = processID
        self.check = check
        self.standing = standing
        self.since = since
        self.message = message
    }
}

/// That a check stands otherwise than before, or that its alarm is to stand.
public struct CheckChange: Sendable, Equatable {
    /// How it stands now.
    public var record: CheckRecord
    /// How it stood, as far as is kept; nil where nothing is.
    public var before: CheckStanding?
    /// With what to raise the alarm; nil to leave it.
    public var raises: AlarmCause?
    /// Whose alarm to clear, if it stands and no recovery has begun; nil to leave it.
    public var resolves: AlarmCause?

    public init(_ record: CheckRecord, before: CheckStanding?) {
        self.record = record
        self.before = before
    }

    /// The event that tells of it; nil where it tells nothing that was not known.
    package var eventKind: Event.Kind? {
        switch (before, record.standing) {
        case (.failed, .failed): nil
        case (_, .failed): .checkFailed
        case (.failed, .passed): .checkPassed
        default: nil
        }
    }

    /// What the event says: `http: connection refused`.
    package var eventDetail: String { "\(record.check): \(record.message)".cut(toCharacters: Event.detailLimit) }
}

/// What became of an alarm by the change of a check.
public enum CheckEffect: String, Sendable, Codable {
    /// The alarm was raised.
    case raised
    /// The alarm was cleared.
    case resolved
    /// The alarm is as it was.
    case none
}
