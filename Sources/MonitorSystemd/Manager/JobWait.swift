internal import MonitorCore
internal import Synchronization

/// How the wait for a job ended.
enum JobEnd: Sendable, Equatable {
    /// The word in its `JobRemoved`.
    case removed(String)
    /// It is gone, and its signal went astray: the connection broke meanwhile.
    case missed
    /// It goes on, but has had its time.
    case overdue(Duration)
}

/// What waits for a job, and since when.
struct JobWait: Sendable {
    let unit: UnitName
    let process: ProcessName
    /// How long it may take before that is logged; nil when it has been.
    var slowAfter: Duration?
    let begin = SuspendingClock.now
    /// The unit's `SubState` when it was last asked for.
    var step: String?

    init(for unit: UnitName, of process: ProcessName, slowAfter: Duration) {
        self.unit = unit
        self.process = process
        self.slowAfter = slowAfter
    }

    var duration: Duration { SuspendingClock.now - begin }

    var job: PendingJob { PendingJob(unit: unit, step: step, duration: duration) }

    /// Whether it has become slow; true once.
    mutating func becomesSlow() -> Bool {
        guard let limit = slowAfter, duration >= limit else { return false }
        slowAfter = nil
        return true
    }
}

/// What waits for jobs at the moment, by process; read without asking the actor that waits, which may be busy.
final class JobWaits: Sendable {
    private let waits = Mutex<[ProcessName: JobWait]>([:])

    subscript(process: ProcessName) -> JobWait? {
        get { waits.withLock { $0[process] } }
        set { waits.withLock { $0[process] = newValue } }
    }

    /// Takes note of the step that the job's unit is at; true once, when the job has become slow.
    func update(_ process: ProcessName, step: String?) -> Bool {
        waits.withLock {
            $0[process]?.step = step
            return $0[process]?.becomesSlow() ?? false
        }
    }
}

/// How long to wait for a job: as long as the unit's own settings let systemd work at it, and a margin.
///
/// A pure value; the time is passed in. `TimeoutStartSec=` and `TimeoutStopSec=` hold for each step of a start and a stop
/// (`ExecStartPre=`, `ExecStart=`, SIGTERM, SIGKILL…), so the time begins anew whenever the unit moves on to its next
/// step.
///
/// - SeeAlso: `systemd.service(5)`
struct JobTimeout: Sendable {
    /// What systemd itself, and jobs that this one waits for, may take.
    static let margin = Duration.seconds(10)
    /// The most that a wait can take, whatever the unit says; `infinity` is the default of a oneshot unit.
    static let longest = ProcessSettings.longestUnitRestart

    /// How long the unit may stay at one step.
    let stepLimit: Duration
    private let begin: SuspendingClock.Instant
    private var stepBegin: SuspendingClock.Instant
    private var step: String?

    /// - Parameters:
    ///   - start: `TimeoutStartSec=`; nil for infinity.
    ///   - stop: `TimeoutStopSec=`; nil for infinity.
    init(start: Duration?, stop: Duration?, since begin: SuspendingClock.Instant) {
        self.begin = begin
        stepBegin = begin
        if let start, let stop, start < Self.longest, stop < Self.longest {
            stepLimit = min(Self.longest, start + stop + Self.margin)
        } else {
            stepLimit = Self.longest
        }
    }

    /// Whether to stop waiting.
    ///
    /// - Parameter step: the unit's `SubState`.
    mutating func isOver(at now: SuspendingClock.Instant, step: String) -> Bool {
        if step != self.step {
            // The step that is seen first is the one at which the wait began.
            if self.step != nil { stepBegin = now }
            self.step = step
        }
        return now - stepBegin >= stepLimit || now - begin >= Self.longest
    }
}
