package import MonitorCore

/// A database of a test's own, with three processes in it, and an application that works on them.
///
/// Of a store without a database, the "application" is the program that embeds it.
package protocol StoreScene: Sendable {
    /// The host that the scene's stores write into their events; nil where they write none.
    var host: String? { get }

    /// A store on the database, not yet opened; each is a program of its own where the database allows for several.
    func makeStore() throws -> any AlarmStore & ControlStore

    /// Raises an alarm, again where it stands, and writes a note if there is one.
    func raise(_ processID: Int64, note: String?) async throws

    /// Clears an alarm.
    func clear(_ processID: Int64) async throws

    /// What stands in the application's row.
    func row(_ processID: Int64) async throws -> StatusRow
}

/// A row of `STATUS_PROCESS`, as far as the monitor may change it.
package struct StatusRow: Sendable, Equatable {
    package var alarm: Bool
    package var notes: String?

    package init(alarm: Bool, notes: String?) {
        self.alarm = alarm
        self.notes = notes
    }
}

/// The processes of every scene. The last has a name that no engine accepts; a store gives it as it is.
package let sceneProcesses: [Int64: String] = [1: "web", 2: "mail", 3: "a; name"]
