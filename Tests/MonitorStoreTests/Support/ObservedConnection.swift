import MonitorCore
import MonitorStore
import Synchronization
import TestSupport

/// A connection whose statements a test sees, and may disturb.
final class ObservedConnection: SQLConnection {
    private let inner: any SQLConnection
    private let observer: StatementObserver

    init(_ inner: any SQLConnection, _ observer: StatementObserver) {
        self.inner = inner
        self.observer = observer
    }

    var dialect: SQLDialect { inner.dialect }
    var server: String { inner.server }
    var statementsAnswered: Int { inner.statementsAnswered }

    func statements(granting grants: [Grants.Grant]) -> [String] { inner.statements(granting: grants) }

    func run(_ sql: String) throws(SQLError) {
        observer.meets(sql, .before)
        try inner.run(sql)
        observer.meets(sql, .after)
    }

    func prepare(_ sql: String) throws(SQLError) {
        observer.meets(sql, .preparing)
        try inner.prepare(sql)
    }

    func execute(_ sql: String, _ parameters: [SQLValue], keeps: Bool) throws(SQLError) -> SQLResult {
        observer.meets(sql, .before)
        let result = try inner.execute(sql, parameters, keeps: keeps)
        observer.meets(sql, .after)
        return result
    }
}

/// Sees the statements of a store's connections.
final class StatementObserver: Sendable {
    enum Moment: Sendable, CaseIterable { case before, after, preparing }

    private struct State {
        var statements: [String] = []
        var onStatement: (@Sendable (_ sql: String, _ number: Int, _ moment: Moment) -> Void)?
    }

    private let state = Mutex(State())

    /// The statements that were run, not those only prepared, since the last ``forget()``.
    var statements: [String] { state.withLock { $0.statements } }

    func forget() { state.withLock { $0.statements = [] } }

    /// Calls `action` on the store's own thread before and after each statement; the first is number 1.
    func onStatement(_ action: (@Sendable (_ sql: String, _ number: Int, _ moment: Moment) -> Void)?) {
        state.withLock {
            $0.statements = []
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
