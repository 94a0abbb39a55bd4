/// The service manager of the host: systemd, as far as this project needs it.
///
/// Every call has a limit. Implemented by `MonitorSystemd`; hosts without systemd have none.
package protocol ServiceManager: Sendable {
    /// Sends for what a restart of the unit asks first; returns without waiting for the answers.
    func prepare(_ unit: UnitName) async

    /// Restarts a unit, or starts it where it is stopped, and waits for its job and its state.
    func restart(_ order: RestartOrder) async -> RestartResult

    /// The job that a restart, stop or start for a process waits for, as it was last seen. It asks nothing of anyone: the
    /// engine's loop may call it while the service manager hangs.
    func pendingJob(for process: ProcessName) -> PendingJob?

    /// Why an invocation of a unit no longer runs; nil while it does.
    func loss(of unit: UnitName, invocation: [UInt8]) async -> String?

    /// How a unit is, and what an invocation of it has last printed; nil where systemd can't be asked.
    func diagnosis(of unit: UnitName, invocation: [UInt8]) async -> String?

    /// How a unit is now; one that isn't there is `inactive`. One round trip.
    func state(of unit: UnitName) async throws(ServiceManagerError) -> UnitState

    /// Stops a unit and waits until it is stopped; one that systemd is about to start again by itself stays stopped.
    ///
    /// Returns at once for a unit that is stopped already, or isn't there.
    func stop(_ unit: UnitName, for process: ProcessName) async throws(ServiceManagerError)

    /// The service that has a process: as its main process, or as one that it takes along when it stops.
    ///
    /// nil for a process of no service: it was started by hand, or for the monitor in a unit of its own, or stays when
    /// the service is stopped (`KillMode=process`, as cron and sshd have it), or is gone.
    func owner(of pid: Int32) async throws(ServiceManagerError) -> UnitOwner?

    /// The services that run something or are about to (`Restart=`), each with the command lines that it starts.
    func servicesAtWork() async throws(ServiceManagerError) -> [UnitName: [[String]]]
}

/// A restart to be done by the service manager.
package struct RestartOrder: Sendable, Equatable {
    package var unit: UnitName
    /// The process that it is done for.
    package var process: ProcessName
    /// Whether the unit may be started where it is neither running nor enabled: where the configuration names the
    /// process. A row in a table is not enough to start what the host's administrator has left disabled.
    package var startsDisabled: Bool
    /// How long its job may take before that is logged.
    package var slowAfter: Duration

    package init(_ unit: UnitName, for process: MonitoredProcess) {
        self.unit = unit
        self.process = process.name
        startsDisabled = process.settings.isNamed
        slowAfter = process.settings.commandTimeout
    }
}

/// How a unit is.
package struct UnitState: Sendable, Equatable {
    /// Its own name, where it was asked for by an alias.
    package var unit: UnitName
    /// `loaded`, `not-found`, `masked`, `bad-setting`…
    package var load: String
    /// `active`, `inactive`, `failed`, `activating`…
    package var active: String
    /// `running`, `dead`, `auto-restart`…
    package var sub: String

    package init(_ unit: UnitName, load: String = "loaded", active: String, sub: String) {
        self.unit = unit
        self.load = load
        self.active = active
        self.sub = sub
    }

    /// Whether it runs: the states for which `systemctl is-active` exits with 0.
    package var isActive: Bool { ["active", "reloading", "refreshing"].contains(active) }

    /// Whether it is a sound unit that doesn't run, and that systemd does nothing about.
    package var isAtRest: Bool { load == "loaded" && (active == "inactive" || active == "failed") }

    /// Whether processes of it run, or are about to: not so where it is at rest, or its work is done (`RemainAfterExit=`).
    var isAtWork: Bool { load == "loaded" && !isAtRest && sub != "exited" }
}

/// The service that a process belongs to.
package struct UnitOwner: Sendable, Hashable {
    package var unit: UnitName
    package var isMainProcess: Bool

    package init(_ unit: UnitName, isMainProcess: Bool) {
        self.unit = unit
        self.isMainProcess = isMainProcess
    }
}

/// Why the service manager could not be asked.
package struct ServiceManagerError: Error, Sendable, Equatable, CustomStringConvertible {
    package var description: String
    package init(_ description: String) { self.description = description }
}

/// The name of a systemd service unit.
public struct UnitName: Hashable, Sendable, CustomStringConvertible {
    public let rawValue: String

    /// The unit of a process: its name, with `.service` unless it ends with that already.
    public init(process name: ProcessName) { rawValue = Self.withSuffix(name.rawValue) }

    /// The unit that a configuration file names, `.service` added where it is missing.
    ///
    /// - Throws: ``InvalidUnitName`` for what can't be a unit's name, and for units of other types.
    /// - SeeAlso: `systemd.unit(5)`
    public init(configured text: String) throws(InvalidUnitName) {
        if let type = Self.otherType(of: text) {
            let stem = text.dropLast(type.count + 1)
            throw InvalidUnitName(text, "is a \(type): only services are restarted, as '\(stem).service'")
        }
        guard text.utf8.allSatisfy(Self.isAllowed) else {
            throw InvalidUnitName(text, "has a character other than A-Z a-z 0-9 _ . @ : - and \\")
        }
        let name = Self.withSuffix(text)
        guard let first = text.first, first != "-", first != ".", first != "@", name != ".service" else {
            throw InvalidUnitName(text, "begins with '-', '.' or '@', or is empty")
        }
        guard name.utf8.count <= Self.maximumLength else {
            throw InvalidUnitName(text, "is longer than \(Self.maximumLength) characters")
        }
        rawValue = name
    }

    /// A name that the service manager itself gave.
    package init(given rawValue: String) { self.rawValue = rawValue }

    public var description: String { rawValue }

    /// The type in a name of a unit that is no service: `timer` in `backup.timer`.
    package static func otherType(of text: String) -> String? {
        guard let dot = text.lastIndex(of: ".") else { return nil }
        let type = String(text[text.index(after: dot)...])
        return otherTypes.contains(type) ? type : nil
    }

    private static let maximumLength = 255
    private static let suffix = ".service"

    /// `systemd.unit(5)`
    private static let otherTypes: Set = [
        "socket", "device", "mount", "automount", "swap", "target", "path", "timer", "slice", "scope", "snapshot",
    ]

    private static func withSuffix(_ text: String) -> String { text.hasSuffix(suffix) ? text : text + suffix }

    private static func isAllowed(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default:
            "_.@:-\\".utf8.contains(byte)
        }
    }
}

/// A unit's name that is refused.
public struct InvalidUnitName: Error, Hashable, CustomStringConvertible {
    public let description: String

    init(_ name: String, _ reason: String) {
        description = "unit '\(name.escapedForDisplay(limit: 60))' refused: it \(reason)"
    }
}
