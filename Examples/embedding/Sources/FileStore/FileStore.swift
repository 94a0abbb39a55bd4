import Foundation
import MonitorCore

/// A store of an author's own: all that it knows is a file of JSON, which is written anew at each change.
public actor FileStore: AlarmStore {
    private struct Row: Codable {
        var name: String
        var isInAlarm = false
        var notes: String?
        /// How often the alarm was raised.
        var revision: Int64 = 0
        var raisedAt: Timestamp?
        var breaker = CircuitBreaker()
        var claim: Claim?
    }

    private struct Contents: Codable {
        var rows: [Int64: Row]
        /// The last of each daemon, by its instance.
        var heartbeats: [String: Heartbeat] = [:]
    }

    private let file: URL
    private var contents: Contents
    /// What became of each completion. Only the engine that made one repeats it, so they need not be in the file.
    private var results: [String: CompletionResult] = [:]

    /// - Parameter processes: names by id, for a file that is not there yet.
    public init(path: String, processes: [Int64: String]) {
        file = URL(fileURLWithPath: path)
        contents = Contents(rows: processes.mapValues { Row(name: $0) })
    }

    // MARK: - For the application

    public func raise(_ id: Int64, note: String?) throws(StoreError) {
        guard var row = contents.rows[id] else { return }
        if !row.isInAlarm { row.raisedAt = .wallClock() }
        row.isInAlarm = true
        row.revision += 1
        row.notes = note ?? row.notes
        contents.rows[id] = row
        try save()
    }

    public func clear(_ id: Int64) throws(StoreError) {
        contents.rows[id]?.isInAlarm = false
        try save()
    }

    public func process(_ id: Int64) -> (isInAlarm: Bool, notes: String?)? {
        contents.rows[id].map { ($0.isInAlarm, $0.notes) }
    }

    // MARK: - For the engine

    public func open() throws(StoreError) -> StoreCapabilities {
        do {
            if let data = try? Data(contentsOf: file) {
                contents = try JSONDecoder().decode(Contents.self, from: data)
            }
        } catch {
            throw StoreError(.schema, "cannot read '\(file.path)'", reason: "\(error)")
        }
        return StoreCapabilities(persistsState: true, countsRevisions: true, server: file.path)
    }

    public func poll() -> [Alarm] {
        contents.rows.filter(\.value.isInAlarm).sorted { $0.key < $1.key }.map { id, row in
            var alarm = Alarm(
                processID: id, name: row.name, notes: row.notes, revision: row.revision, raisedAt: row.raisedAt,
                breaker: row.breaker)
            alarm.claim = row.claim
            return alarm
        }
    }

    public func claim(_ request: ClaimRequest) throws(StoreError) -> ClaimResult {
        guard var row = contents.rows[request.processID], row.isInAlarm else { return .conflict }
        let claim = Claim(since: request.startedAt, instance: request.instance)
        // The same claim twice is one.
        if row.claim == claim, row.breaker == request.breaker { return .claimed }
        if let other = row.claim?.instance, other != request.instance, other != request.exitedInstance,
            contents.heartbeats[other]?.isAlive(at: request.startedAt) == true
        {
            return .heldBy(instance: other)
        }
        guard row.breaker.generation == request.expectedGeneration else { return .conflict }
        (row.claim, row.breaker) = (claim, request.breaker)
        contents.rows[request.processID] = row
        try save()
        return .claimed
    }

    public func complete(_ completions: [Completion]) throws(StoreError) -> [CompletionResult] {
        let answers = completions.map { completion in
            let answer = results[completion.id] ?? apply(completion)
            results[completion.id] = answer
            return answer
        }
        try save()
        return answers
    }

    private func apply(_ completion: Completion) -> CompletionResult {
        guard var row = contents.rows[completion.processID] else {
            return CompletionResult(alarm: completion.clearsAlarm ? .alreadyClear : .untouched, breakerApplied: false)
        }
        defer { contents.rows[completion.processID] = row }
        // The claim of another daemon stays.
        if row.claim?.instance == completion.instance { row.claim = nil }
        var result = CompletionResult(alarm: .untouched, breakerApplied: completion.breaker == nil)
        if let breaker = completion.breaker, row.breaker.generation == completion.expectedGeneration {
            row.breaker = breaker
            result.breakerApplied = true
        }
        // A newer alarm is never cleared, and keeps its note.
        let isServed = row.revision == completion.revision
        if completion.clearsAlarm {
            result.alarm = !row.isInAlarm ? .alreadyClear : isServed ? .cleared : .raisedAgain
        }
        if isServed, result.alarm != .alreadyClear, let note = completion.note {
            row.notes = note.count > 100 ? note.prefix(99) + "…" : note
        }
        if result.alarm == .cleared { row.isInAlarm = false }
        return result
    }

    public func revision(of processID: Int64) -> Int64? { contents.rows[processID]?.revision }

    public func heartbeat(_ heartbeat: Heartbeat) throws(StoreError) {
        contents.heartbeats[heartbeat.daemon.instance] = heartbeat
        try save()
    }

    public func close() {}

    private func save() throws(StoreError) {
        do {
            try JSONEncoder().encode(contents).write(to: file, options: .atomic)
        } catch {
            throw StoreError(.unwritable, "cannot write '\(file.path)'", reason: "\(error)")
        }
    }
}
