/// The service manager of the host: systemd, as far as this project needs it.
///
/// Every call has a limit. Implemented by `MonitorSystemd`; hosts without systemd have none.
public protocol ServiceManager: Sendable {
    /// Restarts a unit, or starts it where it is stopped, and waits for its job and its state.
    func restart(_ unit: UnitName) async -> RestartResult

    /// The unit's `ActiveState`: `active`, `inactive`, `failed`…, for a unit that isn't there `inactive`.
    func activeState(of unit: UnitName) async throws(ServiceManagerError) -> String

    /// Stops a unit and waits until it is stopped; one that systemd is about to start again by itself stays stopped.
    ///
    /// Returns at once for a unit that is stopped already, or isn't there.
    func stop(_ unit: UnitName) async throws(ServiceManagerError)

    /// The service whose main process this is; nil where it is none's: it was started by hand, or by another process of
    /// some service, or in a unit of the monitor's own, or is gone.
    func unit(ofMainProcess pid: Int32) async throws(ServiceManagerError) -> UnitName?
}

/// Why the service manager could not be asked.
public struct ServiceManagerError: Error, Sendable, Equatable, CustomStringConvertible {
    public var description: String
    public init(_ description: String) { self.description = description }
}

/// The name of a systemd service unit.
public struct UnitName: Hashable, Sendable, CustomStringConvertible {
    public let rawValue: String

    /// The unit of a process: its name, with `.service` unless it ends with that already.
    public init(process name: ProcessName) {
        rawValue = name.rawValue.hasSuffix(".service") ? name.rawValue : name.rawValue + ".service"
    }

    /// The unit that a configuration file names: the rules of ``ProcessName``, `.service` added where it is missing.
    public init(configured text: String) throws(InvalidProcessName) {
        self.init(process: try ProcessName(text))
    }

    /// A name that the service manager itself gave, which may hold what it escapes with (`\`).
    package init(given rawValue: String) { self.rawValue = rawValue }

    public var description: String { rawValue }
}
