import MonitorCore
import Synchronization

/// Which changes a ``StubbornStore`` does not take, and why.
struct Refusal: Sendable {
    let code: @Sendable ([CheckChange]) -> StoreError.Code?

    init(_ code: @escaping @Sendable ([CheckChange]) -> StoreError.Code?) { self.code = code }
}

/// A store that refuses to record how checks stand, as a test says, and is one in memory for the rest.
final class StubbornStore: ControlStore {
    private let inner: InMemoryStore
    private let refusal: Refusal

    init(_ inner: InMemoryStore, _ refusal: Refusal) {
        self.inner = inner
        self.refusal = refusal
    }

    func record(_ changes: [CheckChange]) async throws(StoreError) -> [CheckEffect] {
        if let code = refusal.code(changes) { throw StoreError(code, "cannot record", reason: "the test says so") }
        return await inner.record(changes)
    }

    func processes(named names: [String]?) async -> [ProcessStatus] { await inner.processes(named: names) }
    func checks(of ids: [Int64]?) async -> [CheckRecord] { await inner.checks(of: ids) }
    func forgetChecks(of id: Int64, named names: [String]) async { await inner.forgetChecks(of: id, named: names) }
    func raise(_ ids: [Int64], _ cause: AlarmCause) async -> [Int64] { await inner.raise(ids, cause) }
    func resolve(_ ids: [Int64], _ cause: AlarmCause) async -> [Int64] { await inner.resolve(ids, cause) }
    func initialize(addsIndex: Bool) async -> [String] { await inner.initialize(addsIndex: addsIndex) }
    func survey() async -> StoreCapabilities { await inner.survey() }
    func daemon() async -> Heartbeat? { await inner.daemon() }
    func clearAlarm(_ ids: [Int64], note: String?, as kind: Event.Kind, by user: String) async {
        await inner.clearAlarm(ids, note: note, as: kind, by: user)
    }
    func reset(_ ids: [Int64], by user: String) async { await inner.reset(ids, by: user) }
    func hold(_ ids: [Int64], _ hold: Hold) async { await inner.hold(ids, hold) }
    func release(_ ids: [Int64], by user: String) async { await inner.release(ids, by: user) }
    func events(_ query: EventQuery) async -> [Event] { await inner.events(query) }
    func history(of names: [String]?, limit: Int) async -> [Event] { await inner.history(of: names, limit: limit) }
    func addProcess(_ name: ProcessName, id: Int64?, by user: String) async throws(StoreError) -> Int64 {
        try await inner.addProcess(name, id: id, by: user)
    }
    func removeProcess(_ id: Int64, by user: String) async { await inner.removeProcess(id, by: user) }
}
