public import MonitorCore

/// A store's place in a test, made for one test and gone with it: with three processes in it
/// (``AlarmStoreConformance/processes``), none of them in alarm, and an application that works on them.
///
/// Of a store without a database, the "application" is the program that embeds it.
public protocol StoreScene: Sendable {
    /// The host that the scene's stores write into their events; nil where they write none.
    var host: String? { get }

    /// A store on the scene, not yet opened: for each daemon of a test one, where several can share a scene.
    func makeStore() async throws -> any AlarmStore

    /// Raises an alarm as the application does, again where it stands, and writes a note if there is one.
    func raise(_ processID: Int64, note: String?) async throws

    /// Clears an alarm as the application does.
    func clear(_ processID: Int64) async throws

    /// What the application reads of a process.
    func row(_ processID: Int64) async throws -> StatusRow
}

extension StoreScene {
    public var host: String? { nil }
}

/// A row of `STATUS_PROCESS`, as far as the monitor may change it.
public struct StatusRow: Sendable, Equatable {
    public var alarm: Bool
    public var notes: String?

    public init(alarm: Bool, notes: String?) {
        self.alarm = alarm
        self.notes = notes
    }
}
