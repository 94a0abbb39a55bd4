internal import MonitorCore
internal import Testing

extension AlarmStoreConformance {
    /// How checks stand, and what they raise and clear.
    static let checks: [Behaviour] = [
        Behaviour("a source's alarm stands with source, reason, note and event; raised again it is no new one") {
            scene in
            let store = try await controlled(scene)
            #expect(try await store.raise([1], httpFailed) == [1])
            let first = try await alarm(1, in: store)
            #expect(first.source == "check http" && first.reason == "connection refused")
            #expect(first.notes == "check http: connection refused")
            #expect(try await store.raise([1], httpFailed).isEmpty)
            #expect(try await store.raise([1], AlarmCause(source: "check other", note: "other")).isEmpty)
            let second = try await alarm(1, in: store)
            #expect(second.revision == first.revision && second.source == "check http" && second.notes == first.notes)
            let told = try await store.events(EventQuery(limit: 10))
            #expect(told.map(\.kind) == [.alarmRaised] && told.map(\.actor) == [nil])
            #expect(told.map(\.detail) == ["connection refused"])
        },
        Behaviour("a source resolves what it has raised, with note and event") { scene in
            let store = try await controlled(scene)
            try await store.raise([1], httpFailed)
            #expect(try await store.resolve([1, 2, 99], httpPassed) == [1])
            #expect(try await scene.row(1) == StatusRow(alarm: false, notes: "check http passes again"))
            #expect(try await store.resolve([1], httpPassed).isEmpty)
            let told = try #require(try await store.events(EventQuery(limit: 1)).first)
            #expect(told.kind == .alarmCleared && told.actor == nil && told.detail == "passes again")
            // The next one is another's.
            try await scene.raise(1, note: "down")
            #expect(try await store.resolve([1], httpPassed).isEmpty)
            #expect(try await scene.row(1) == StatusRow(alarm: true, notes: "down"))
        },
        Behaviour("no source resolves what another has raised, before it or since") { scene in
            let store = try await controlled(scene)
            try await store.raise([1], .act(of: "ann", reason: "hangs"))
            try await scene.raise(2, note: "down")
            try await store.raise([1, 2], httpFailed)
            #expect(try await store.resolve([1, 2], httpPassed).isEmpty)
            try await scene.clear(1)
            try await store.raise([1], httpFailed)
            try await scene.raise(1, note: "down, says the application")
            #expect(try await store.resolve([1], httpPassed).isEmpty)
            #expect(try await scene.row(1) == StatusRow(alarm: true, notes: "down, says the application"))
        },
        Behaviour("an alarm whose recovery has begun is not resolved") { scene in
            let store = try await controlled(scene)
            try await store.raise([1], httpFailed)
            let alarm = try await alarm(1, in: store)
            #expect(try await store.claim(alarm.claimRequest()) == .claimed)
            #expect(try await store.resolve([1], httpPassed).isEmpty)
            #expect(try await store.complete(alarm.report()).alarm == .cleared)
        },
        Behaviour("how checks stand is kept, and told when it changes") { scene in
            let store = try await controlled(scene)
            let passed = record("http", .passed, at: 1)
            // The first pass is no news.
            #expect(try await store.record([CheckChange(passed, before: nil)]) == [.none])
            #expect(try await store.checks(of: nil) == [passed])
            let failed = record("http", .failed, at: 2)
            var change = CheckChange(failed, before: .passed)
            change.raises = httpFailed
            #expect(try await store.record([change]) == [.raised])
            #expect(try await store.checks(of: [1]) == [failed])
            #expect(try await alarm(1, in: store).source == "check http")
            // Asked for once more, while it stands.
            change.before = .failed
            #expect(try await store.record([change]) == [.none])
            var back = CheckChange(record("http", .passed, at: 3), before: .failed)
            back.resolves = httpPassed
            #expect(try await store.record([back]) == [.resolved])
            let told = try await store.events(EventQuery(limit: 10)).reversed()
            #expect(told.filter { $0.kind == .checkFailed }.map(\.detail) == ["http: it said so"])
            #expect(told.filter { $0.kind == .checkPassed }.map(\.detail) == ["http: it said so"])
            #expect(told.count == 4 && told.allSatisfy { $0.processName == "web" && $0.actor == nil })
        },
        Behaviour("a failed check leaves an alarm of the application's as it is; what is unknown is no news") { scene in
            let store = try await controlled(scene)
            try await scene.raise(1, note: "down")
            let revision = try await alarm(1, in: store).revision
            var change = CheckChange(record("http", .failed, at: 2), before: nil)
            change.raises = httpFailed
            let unknown = CheckChange(record("disk", .unknown, at: 2), before: .passed)
            #expect(try await store.record([change, unknown]) == [.none, .none])
            let standing = try await alarm(1, in: store)
            #expect(standing.source == nil && standing.notes == "down" && standing.revision == revision)
            var back = CheckChange(record("http", .passed, at: 3), before: .failed)
            back.resolves = httpPassed
            #expect(try await store.record([back]) == [.none])
            #expect(try await scene.row(1).alarm)
            #expect(try await store.events(EventQuery(limit: 10)).map(\.kind) == [.checkPassed, .checkFailed])
        },
        Behaviour("checks are shown by process and name, and forgotten by name or with their process") { scene in
            let store = try await controlled(scene)
            let records = [
                record("disk", .unknown, at: 5), record("http", .passed, at: 1), record("a", .failed, at: 1, of: 2),
            ]
            _ = try await store.record(records.reversed().map { CheckChange($0, before: nil) })
            #expect(try await store.checks(of: nil) == records)
            #expect(try await store.checks(of: [2, 99]) == [records[2]])
            #expect(try await store.checks(of: []).isEmpty)
            try await store.forgetChecks(of: 1, named: ["disk", "nothing"])
            #expect(try await store.checks(of: nil) == Array(records[1...]))
            try await store.removeProcess(1, by: "ann")
            #expect(try await store.checks(of: nil) == [records[2]])
        },
    ]

    private static let httpFailed = AlarmCause(
        source: "check http", reason: "connection refused", note: "check http: connection refused")
    private static let httpPassed = AlarmCause(
        source: "check http", reason: "passes again", note: "check http passes again")

    private static func record(
        _ check: String, _ standing: CheckStanding, at second: Int64, of process: Int64 = 1
    ) -> CheckRecord {
        CheckRecord(
            processID: process, check: check, standing: standing,
            since: Timestamp(milliseconds: 1_700_000_000_000 + second * 1000), message: "it said so")
    }
}
