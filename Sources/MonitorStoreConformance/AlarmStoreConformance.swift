internal import Testing

/// How every store behaves; each implementation runs all of it.
///
/// ```swift
/// @Test(arguments: AlarmStoreConformance.behaviours)
/// func conforms(behaviour: AlarmStoreConformance.Behaviour) async throws {
///     try await behaviour.check(MyScene())
/// }
/// ```
package enum AlarmStoreConformance {
    /// Something that a store does, in words, and the proof of it on a scene of its own.
    package struct Behaviour: Sendable, CustomTestStringConvertible {
        package let name: String
        package let check: @Sendable (any StoreScene) async throws -> Void

        init(_ name: String, _ check: @escaping @Sendable (any StoreScene) async throws -> Void) {
            self.name = name
            self.check = check
        }

        package var testDescription: String { name }
    }

    package static let behaviours = alarms + recoveries + leases + control
}
