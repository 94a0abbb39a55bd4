import MonitorCore
import MonitorStore
import Synchronization
import TestSupport

/// A connection whose statements a test sees, and may disturb.
final class ObservedConnection: SQLConnection {
    private let inner: any SQLConnection
    private let observer: StatementObserver
    private var answersLost = 0

    init(_ inner: any SQLConnection, _ observer: StatementObserver) {
        self.inner = inner
        self.observer = observer
    }

    var dialect: SQLDialect { inner.dialect }
    var server: String { inner.server }
    var statementsAnswered: Int { inner.statementsAnswered - answersLost }

    func statements(granting grants: [Grants.Grant]) -> [String] { inner.statements(granting: grants) }

    func run(_ sql: String) throws(SQLError) {
        observer.meets(sql, .before)
        try inner.run(sql)
        try meetsAnswer(of: sql)
    }

    func prepare(_ sql: String) throws(SQLError) {
        observer.meets(sql, .preparing)
        try inner.prepare(sql)
    }

    func execute(
        _ sql: String, _ parameters: [SQLValue], keeps: Bool, row: ([SQLValue]) -> Void
    ) throws(SQLError) -> Int {
        observer.meets(sql, .before)
        let affectedRows = try inner.execute(sql, parameters, keeps: keeps, row: row)
        try meetsAnswer(of: sql)
        return affectedRows
    }

    /// The statement was executed; its answer may get lost on the way.
    private func meetsAnswer(of sql: String) throws(SQLError) {
        observer.meets(sql, .after)
        guard observer.losesAnswer() else { return }
        answersLost += 1
        throw SQLError(.unreachable, reason: "the answer was lost", endsConnection: true)
    }
}

/// Sees the statements of a store's connections.
final class StatementObserver: Sendable {
    enum Moment: Sendable, CaseIterable { case before, after, preparing }

    private struct State {
        var statements: [String] = []
        var lostAnswer: Int?
        var onStatement: (@Sendable (_ sql: String, _ number: Int, _ moment: Moment) -> Void)?
    }

    private let state = Mutex(State())

    /// The statements that were run, not those only prepared, since the last ``forget()``.
    var statements: [String] { state.withLock { $0.statements } }

    /// Has the answer of a statement get lost, once, and the connection with it.
    func loseAnswer(ofStatement number: Int) {
        state.withLock {
            $0.statements = []
            $0.lostAnswer = number
        }
    }

    var hasLostAnswer: Bool { state.withLock { $0.lostAnswer == nil } }

    fileprivate func losesAnswer() -> Bool {
        state.withLock { state in
            guard state.lostAnswer == state.statements.count else { return false }
            state.lostAnswer = nil
            return true
        }
    }

    func forget() { state.withLock { $0.statements = [] } }

    /// Calls `action` on the store's own thread before and after each statement; the first is number 1.
    func onStatement(_ action: (@Sendable (_ sql: String, _ number: Int, _ moment: Moment) -> Void)?) {
        state.withLock {
            $0.statements = []
            $0.lostAnswer = nil
            $0.onStatement = action
        }
    }

    fileprivate func meets(_ sql: String, _ moment: Moment) {
        let (action, number) = state.withLock { state in
            if moment == .before { state.statements.append(sql) }
            return (state.onStatement, state.statements.count)
        }
        action?(sql, number, moment)
    }
}

extension SQLScene {
    /// An opened store whose statements are observed, on a connection that answers within `queryTimeout`.
    func observedStore(_ observer: StatementObserver, host: String = "here") async throws -> SQLStore {
        let settings = settings
        let store = SQLStore(
            host: host, historyRetention: .seconds(90 * 86400), queryTimeout: settings.queryTimeout,
            clock: SteadyWallClock()
        ) { () throws(SQLError) in
            switch settings.backend {
            case .mariadb: ObservedConnection(try MariaDBConnection.connect(settings, password: nil), observer)
            case .sqlite:
                ObservedConnection(
                    try SQLiteConnection(path: settings.path ?? "", queryTimeout: settings.queryTimeout), observer)
            }
        }
        _ = try await store.open()
        observer.forget()
        return store
    }

    /// The connections that the store has to the server, by their numbers.
    func serverConnections() throws -> [Int64] {
        try sql(
            "SELECT id FROM information_schema.processlist WHERE db = ? AND id <> CONNECTION_ID()",
            .text(settings.database)
        )
        .compactMap { $0[0].integer }
    }
}
