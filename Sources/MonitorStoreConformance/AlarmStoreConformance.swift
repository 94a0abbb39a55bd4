package import MonitorCore
public import Testing

/// How every store behaves; each implementation runs all of it, in a test of its own.
///
/// ```swift
/// @Test(arguments: AlarmStoreConformance.behaviours)
/// func conforms(behaviour: AlarmStoreConformance.Behaviour) async throws {
///     try await behaviour.check(MyScene())
/// }
/// ```
///
/// A store that is a `ControlStore` too runs ``controlBehaviours`` in the same way.
public enum AlarmStoreConformance {
    /// Something that a store does, in words, and the proof of it on a scene of its own.
    public struct Behaviour: Sendable, CustomTestStringConvertible {
        /// What the store does, as a sentence.
        public let name: String
        private let proof: @Sendable (any StoreScene) async throws -> Void

        init(_ name: String, _ proof: @escaping @Sendable (any StoreScene) async throws -> Void) {
            self.name = name
            self.proof = proof
        }

        /// Proves it, on a new scene: what the store does wrong is an issue of the test that runs.
        public func check(_ scene: some StoreScene) async throws { try await proof(scene) }

        public var testDescription: String { name }
    }

    /// What the engine relies on.
    public static let behaviours = alarms + recoveries + leases

    /// What a control tool relies on, of a store that is a `ControlStore` too: acts, the status, the events.
    public static let controlBehaviours = control + events + checks

    /// The processes of every scene, names by id. The last has a name that no engine accepts; a store gives it as it is.
    public static let processes: [Int64: String] = [1: "web", 2: "mail", 3: "a; name"]
}

// MARK: - Steps of the behaviours

extension AlarmStoreConformance {
    /// A store on a scene, opened.
    static func opened(_ scene: any StoreScene) async throws -> any AlarmStore {
        let store = try await scene.makeStore()
        _ = try await store.open()
        return store
    }

    /// A store on a scene, opened, that has to be a control tool's too.
    package static func controlled(_ scene: any StoreScene) async throws -> any AlarmStore & ControlStore {
        let store = try #require(
            try await scene.makeStore() as? any AlarmStore & ControlStore, "the store of the scene is no ControlStore")
        _ = try await store.open()
        return store
    }

    /// The alarm of a process, which has to be there.
    package static func alarm(_ processID: Int64, in store: some AlarmStore) async throws -> Alarm {
        try #require(try await store.poll().first { $0.processID == processID })
    }

    /// All that is known of a process; nil of a store that is no control tool's.
    static func status(_ processID: Int64, in store: some AlarmStore) async throws -> ProcessStatus? {
        try await (store as? any ControlStore)?.status(processID)
    }

    /// How recoveries ended; nil of a store that is no control tool's.
    static func history(in store: some AlarmStore) async throws -> [Event]? {
        try await (store as? any ControlStore)?.history(of: nil, limit: 10)
    }
}

extension ControlStore {
    /// All that is known of a process, which has to be there.
    package func status(_ processID: Int64) async throws -> ProcessStatus {
        try #require(try await processes(named: nil).first { $0.processID == processID })
    }
}

extension AlarmStore where Self: ControlStore {
    /// Puts a process in alarm by an operator's hand, and reads the alarm.
    package func raise(_ processID: Int64, note: String? = "down") async throws -> Alarm {
        try await raise([processID], .act(of: "ann", note: note))
        return try await AlarmStoreConformance.alarm(processID, in: self)
    }
}
