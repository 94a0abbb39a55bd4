package import MonitorCore
internal import Testing

extension AlarmStoreConformance {
    /// A store on a scene, opened.
    package static func opened(_ scene: any StoreScene) async throws -> any AlarmStore & ControlStore {
        let store = try scene.makeStore()
        _ = try await store.open()
        return store
    }

    /// The alarm of a process, which has to be there.
    package static func alarm(_ processID: Int64, in store: some AlarmStore) async throws -> Alarm {
        try #require(try await store.poll().first { $0.processID == processID })
    }
}
