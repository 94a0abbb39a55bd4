import Glibc
import Logging
import MonitorCore
import Synchronization
import TestSupport
import Testing

@testable import MonitorStore

/// Prints how soon a committed alarm is known; what is asserted is only that it is known.
///
/// With `MONITOR_MEASURE=1` over a thousand alarms, else over a few.
@Suite(.serialized) struct FeedSpeedTests {
    private static var repetitions: Int { getenv("MONITOR_MEASURE") == nil ? 20 : 1000 }

    /// What came of one alarm, as times after the writer had its answer.
    private struct Sample {
        var look: Duration
        var poll: Duration
        /// Looks that were too early to see it.
        var misses: Int
    }

    /// A poll that a look led to.
    private struct Poll: Sendable {
        var asked: ContinuousClock.Instant
        var done: ContinuousClock.Instant
        var isSeen: Bool
    }

    @Test(.needsMariaDB) func `an alarm on a server`() async throws {
        // As servers are run: what they confirm is on the disk.
        let server = try MariaDBServer(options: ["--sync-binlog=1", "--innodb-flush-log-at-trx-commit=1"])
        try await measure(try await SQLScene.make(.mariadb, on: server), "server")
    }

    @Test func `an alarm in an embedded database`() async throws {
        try await measure(try await SQLScene.make(.sqlite), "embedded")
    }

    private func measure(_ scene: SQLScene, _ name: String) async throws {
        let store = scene.makeStore(host: "here")
        _ = try await store.initialize(addsIndex: true)
        _ = try await store.open()
        let (requests, looks) = AsyncStream.makeStream(of: ContinuousClock.Instant.self)
        let (results, polls) = AsyncStream.makeStream(of: Poll.self)
        let watch = try #require(
            makeAlarmWatch(
                scene.settings, path: scene.settings.path ?? "", password: nil,
                logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }))
        let watching = Task { await watch.run { looks.yield(.now) } }
        let polling = Task {
            for await asked in requests {
                let isSeen = try await !store.poll().isEmpty
                polls.yield(Poll(asked: asked, done: .now, isSeen: isSeen))
            }
        }
        var iterator = results.makeAsyncIterator()
        _ = await iterator.next()  // The look at the beginning.
        let application = try scene.connection()
        let samples = try await sample(by: application, &iterator)
        watching.cancel()
        polling.cancel()
        await watching.value
        report(samples, name)
    }

    private func sample(
        by application: any SQLConnection, _ polls: inout AsyncStream<Poll>.Iterator
    ) async throws -> [Sample] {
        var samples: [Sample] = []
        for _ in 0..<Self.repetitions {
            try application.run("UPDATE STATUS_PROCESS SET alarma = 0")
            // Longer than a busy database is left alone.
            try await Task.sleep(for: .milliseconds(60))
            let sent = ContinuousClock.now
            try application.run("UPDATE STATUS_PROCESS SET alarma = 1 WHERE process_id = 1")
            let committed = ContinuousClock.now
            var sample = Sample(look: .seconds(3600), poll: .zero, misses: 0)
            while let poll = await polls.next() {
                guard poll.asked >= sent else { continue }
                sample.look = min(sample.look, poll.asked - committed)
                sample.poll = poll.done - committed
                if poll.isSeen { break }
                sample.misses += 1
            }
            samples.append(sample)
        }
        return samples
    }

    private func report(_ samples: [Sample], _ name: String) {
        func text(_ times: [Duration]) -> String {
            let sorted = times.sorted()
            let figures = [0.5, 0.99].map { sorted[Int(Double(sorted.count - 1) * $0)] / .microseconds(1) }
            return "p50 \(Int(figures[0])) µs, p99 \(Int(figures[1])) µs"
        }
        let misses = samples.filter { $0.misses > 0 }.count
        print("measured: \(name), commit → look called, of \(samples.count): \(text(samples.map(\.look)))")
        print("measured: \(name), commit → poll has it, of \(samples.count): \(text(samples.map(\.poll)))")
        print("measured: \(name), first look came before the commit was visible: \(misses) of \(samples.count)")
    }
}
