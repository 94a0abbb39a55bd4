public import MonitorCore
public import Testing

/// What every store promises, one named behaviour each: run all of them on an empty store of the kind to be tested.
public struct AlarmStoreConformance: Sendable, CustomTestStringConvertible {
    public typealias Store = any AlarmStore & ControlStore

    /// The behaviour, in words.
    public let name: String
    /// Shows it on a store of its own, which has tables but no process.
    public let check: @Sendable (Store) async throws -> Void

    public var testDescription: String { name }

    init(_ name: String, check: @escaping @Sendable (Store) async throws -> Void) {
        self.name = name
        self.check = check
    }

    /// All of them.
    public static let all = alarms + breakers + reports + control
}
