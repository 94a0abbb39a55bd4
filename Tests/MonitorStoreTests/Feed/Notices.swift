import Logging
import MonitorCore
import MonitorLinux
import Synchronization
import TestSupport

@testable import MonitorStore

/// A watch at work: counts its notices, and keeps what it says in the log.
final class Notices: LogSink {
    private struct State {
        var count = 0
        var log: [LogRecord] = []
    }

    private let state = Mutex(State())
    private let work = Mutex<Task<Void, Never>?>(nil)

    var count: Int { state.withLock { $0.count } }
    var log: [LogRecord] { state.withLock { $0.log } }

    func write(_ record: LogRecord) { state.withLock { $0.log.append(record) } }

    private func feedLog(isDemanded: Bool) -> FeedLog {
        FeedLog(
            Logger(label: "test") { [self] _ in LineLogHandler(sink: self, threshold: LogThreshold(.info)) },
            isDemanded: isDemanded)
    }

    /// Follows a server, with little patience.
    static func following(
        _ settings: DatabaseSettings, password: Secret? = nil, isDemanded: Bool = false
    ) -> Notices {
        let notices = Notices()
        let timing = BinlogWatch.Timing(
            heartbeat: .milliseconds(500), silence: .seconds(5), patience: .milliseconds(200))
        let watch = BinlogWatch(
            settings, password: DatabasePassword(password), timing: timing, log: notices.feedLog(isDemanded: isDemanded)
        )
        notices.start { await watch.keepFollowing($0) }
        return notices
    }

    /// Follows the file of an embedded database.
    static func following(file path: String) -> Notices {
        let notices = Notices()
        let watch = SQLiteWatch(path: path, log: notices.feedLog(isDemanded: false))
        notices.start { await watch.keepFollowing($0) }
        return notices
    }

    private func start(_ follow: @escaping @Sendable (@escaping @Sendable () -> Void) async -> Void) {
        let task = Task { [self] in await follow { self.state.withLock { $0.count += 1 } } }
        work.withLock { $0 = task }
    }

    /// Ends the watch; returns when it has ended.
    func end() async {
        let task = work.withLock { $0 }
        task?.cancel()
        await task?.value
    }

    /// The records of an event.
    func records(_ event: String) -> [LogRecord] { log.filter { "\($0.fields.first?.value ?? "")" == event } }

    /// Waits until the log has so many records of an event.
    func wait(for event: String, times: Int = 1) async throws {
        try await wait("\(times) times \(event)") { records(event).count >= times }
    }

    /// Waits until there were so many notices.
    func wait(forNotices number: Int) async throws { try await wait("\(number) notices") { count >= number } }

    /// Waits for the notice of what `change` does.
    func expectNotice(of what: String, _ change: () async throws -> Void) async throws {
        let before = count
        try await change()
        try await wait("a notice of \(what)") { count > before }
    }

    private func wait(_ what: String, _ isTrue: () -> Bool) async throws {
        let end = ContinuousClock.now + .seconds(30)
        while !isTrue() {
            guard ContinuousClock.now < end else { throw TestFailure("there was not \(what); the log: \(log)") }
            try await Task.sleep(for: .milliseconds(5))
        }
    }
}
