package import MonitorCore
package import MonitorStatus

/// A host with a process in each condition, at a moment that never changes.
package enum Fixtures {
    /// 2026-03-01 12:27:05 UTC.
    package static let now = Timestamp(milliseconds: 1_772_368_025_000)

    package static func ago(_ duration: Duration) -> Timestamp { now + (.zero - duration) }

    /// One that was made four seconds ago.
    package static func beat(_ state: Heartbeat.State = .running, due: Duration = .seconds(86)) -> Heartbeat {
        Heartbeat(
            daemon: DaemonIdentity(host: "web1", instance: "web1-1", pid: 4711, version: "1.0.0"), state: state,
            startedAt: ago(.seconds(7200)), lastPoll: ago(.seconds(4)), leaseExpiresAt: now + due)
    }

    package static func process(
        _ id: Int64, _ name: String, alarm: Bool = false, notes: String? = nil, raised: Duration? = nil,
        breaker: CircuitBreaker = CircuitBreaker(), hold: Hold? = nil, claim: Claim? = nil,
        last: Event? = nil
    ) -> ProcessStatus {
        var status = ProcessStatus(processID: id, name: name)
        (status.alarm, status.notes, status.raisedAt) = (alarm, notes, raised.map(ago))
        (status.breaker, status.hold, status.claim, status.last) = (breaker, hold, claim, last)
        return status
    }

    package static func entry(
        _ name: String, _ kind: Event.Kind, _ age: Duration, took: Duration = .zero, attempts: Int = 0,
        detail: String = ""
    ) -> Event {
        var event = Event(kind, at: ago(age) + took, processName: name, detail: detail)
        (event.duration, event.attempts) = (took, attempts)
        return event
    }

    package static let mysqld = process(
        2, "mysqld", alarm: true,
        notes: "Failed 12:01:05: 2 attempts: unit mysqld.service: exit code 1, disk full? 次の試行は十二時三十一分",
        raised: .seconds(1800),
        breaker: CircuitBreaker(
            state: .open(until: now + .seconds(245)), failures: 3, generation: 1, openings: 1),
        last: entry(
            "mysqld", .failed, .seconds(1560), took: .milliseconds(14_250), attempts: 2,
            detail: "attempt 1: unit mysqld.service: exit code 1\nattempt 2: unit mysqld.service: exit code 1"))

    package static let all: [ProcessStatus] = [
        process(1, "sshd", notes: nil),
        process(
            3, "httpd",
            notes: "Recovered 12:22:05 by restarting unit httpd.service, attempt 1 of 2, healthy after 1.2 s, all ok",
            last: entry(
                "httpd", .recovered, .seconds(300), took: .milliseconds(1230), attempts: 1,
                detail: "unit httpd.service restarted")),
        mysqld,
        process(4, "worker-backend", alarm: true, notes: "queue stuck", raised: .seconds(180)),
        process(
            5, "indexer", alarm: true, notes: "Restarting", raised: .seconds(20),
            claim: Claim(since: ago(.seconds(12)), instance: "web1-1")),
        process(
            6, "backup",
            hold: Hold(since: ago(.seconds(3600)), until: now + .seconds(7200), reason: "tape change", by: "anna")),
        process(
            7, "a; touch /x\u{1B}[2J", alarm: true,
            notes: "refused: the name has a character other than A-Z a-z 0-9 _ . @ : + -", raised: .seconds(86_400 * 3)),
        process(
            8, "日本語サービス", alarm: true, notes: nil, raised: .seconds(600),
            last: entry("日本語サービス", .refused, .seconds(590))),
    ]

    package static func report(_ processes: [ProcessStatus] = all, beat: Heartbeat? = Self.beat()) -> StatusReport {
        // In order of name, as stores give them.
        let processes = processes.sorted { $0.name < $1.name }
        return StatusReport(host: "web1", daemon: DaemonState(beat, now: now), processes: processes, now: now)
    }

    package static let history = HistoryReport(
        host: "web1",
        entries: [
            entry("backup", .held, .seconds(3600), detail: "by anna: tape change"),
            entry(
                "httpd", .recovered, .seconds(300), took: .milliseconds(1230), attempts: 1,
                detail: "unit httpd.service restarted"),
            mysqld.last!,
            entry("日本語サービス", .refused, .seconds(90_000), detail: "name refused\u{1B}]0;title\u{7}"),
        ])
}
