/// A property of a unit, with the form that it travels in.
///
/// - SeeAlso: `org.freedesktop.systemd1(5)`
struct UnitProperty<Value: Sendable>: Sendable {
    let name: String
    let interface: String
    /// Its D-Bus signature.
    let signature: String
    let read: @Sendable (borrowing BusMessage) throws(BusError) -> Value
}

extension BusMessage {
    /// Reads a property's value out of its variant.
    func read<Value>(_ property: UnitProperty<Value>) throws(BusError) -> Value {
        try read(.variant, of: property.signature) { () throws(BusError) in try property.read(self) }
    }
}

/// The interfaces of systemd's objects.
enum SystemdInterface {
    static let manager = "org.freedesktop.systemd1.Manager"
    static let unit = "org.freedesktop.systemd1.Unit"
    static let service = "org.freedesktop.systemd1.Service"
    static let properties = "org.freedesktop.DBus.Properties"
}

extension UnitProperty<String> {
    private static func text(_ name: String, of interface: String) -> Self {
        Self(name: name, interface: interface, signature: "s") { message throws(BusError) in try message.readString() }
    }

    static let activeState = text("ActiveState", of: SystemdInterface.unit)
    static let subState = text("SubState", of: SystemdInterface.unit)
    static let type = text("Type", of: SystemdInterface.service)
    static let result = text("Result", of: SystemdInterface.service)
    /// `enabled`, `disabled`, `static`, …
    static let fileState = text("UnitFileState", of: SystemdInterface.unit)
    /// What is killed when the unit stops: `control-group`, `mixed`, `process`, `none`.
    static let killMode = text("KillMode", of: SystemdInterface.service)
    static let standardInput = text("StandardInput", of: SystemdInterface.service)
    static let terminalPath = text("TTYPath", of: SystemdInterface.service)

    /// Why the unit could not be loaded: the second text of `LoadError`.
    static let loadError = Self(name: "LoadError", interface: SystemdInterface.unit, signature: "(ss)") {
        message throws(BusError) in
        try message.read(.structure, of: "ss") { () throws(BusError) in
            _ = try message.readString()
            return try message.readString()
        }
    }

    /// The object path of the unit's job; `/` when it has none.
    static let job = Self(name: "Job", interface: SystemdInterface.unit, signature: "(uo)") {
        message throws(BusError) in
        try message.read(.structure, of: "uo") { () throws(BusError) in
            _ = try message.readUInt32()
            return try message.readString(.objectPath)
        }
    }
}

extension UnitProperty<[[String]]> {
    /// The command lines of `ExecStart=` and `ExecStop=`.
    static let startCommands = commands("ExecStart")
    static let stopCommands = commands("ExecStop")

    private static func commands(_ name: String) -> Self {
        Self(name: name, interface: SystemdInterface.service, signature: "a(sasbttttuii)") { message throws(BusError) in
            try message.readArray(of: "(sasbttttuii)") { () throws(BusError) in
                try message.read(.structure, of: "sasbttttuii") { () throws(BusError) in
                    _ = try message.readString()  // the program's path, which is the first argument mostly
                    let arguments = try message.readArray(of: "s") { () throws(BusError) in try message.readString() }
                    try message.skip("bttttuii")
                    return arguments
                }
            }
        }
    }
}

extension UnitProperty<[UInt8]> {
    /// Changes with every start of the unit; empty before the first.
    static let invocationID = Self(name: "InvocationID", interface: SystemdInterface.unit, signature: "ay") {
        message throws(BusError) in try message.readBytes()
    }
}

extension UnitProperty<Bool> {
    static let conditionResult = Self(name: "ConditionResult", interface: SystemdInterface.unit, signature: "b") {
        message throws(BusError) in try message.readBool()
    }
}

extension UnitProperty<UInt64> {
    /// When it last began to start, in microseconds of CLOCK_MONOTONIC; 0 for never.
    static let startTime = Self(
        name: "InactiveExitTimestampMonotonic", interface: SystemdInterface.unit, signature: "t"
    ) { message throws(BusError) in try message.readUInt64() }

    /// When the conditions were looked at; 0 for never, in which case their result means nothing.
    static let conditionTime = Self(
        name: "ConditionTimestampMonotonic", interface: SystemdInterface.unit, signature: "t"
    ) { message throws(BusError) in try message.readUInt64() }
}

extension UnitProperty<Int32> {
    private static func number(_ name: String) -> Self {
        Self(name: name, interface: SystemdInterface.service, signature: "i") { message throws(BusError) in
            try message.readInt32()
        }
    }

    /// `si_code` of the main process's end: `CLD_EXITED`…
    static let mainCode = number("ExecMainCode")
    /// Its exit status, or the signal that ended it.
    static let mainStatus = number("ExecMainStatus")
}

extension UnitProperty<UInt32> {
    /// The main process; 0 without one.
    static let mainPID = Self(name: "MainPID", interface: SystemdInterface.service, signature: "u") {
        message throws(BusError) in try message.readUInt32()
    }
}

extension UnitProperty<Duration?> {
    private static func limit(_ name: String) -> Self {
        Self(name: name, interface: SystemdInterface.service, signature: "t") { message throws(BusError) in
            Duration(systemdMicroseconds: try message.readUInt64())
        }
    }

    static let startTimeout = limit("TimeoutStartUSec")
    static let stopTimeout = limit("TimeoutStopUSec")
}

// MARK: - Listing

/// What systemd's list of units says about one of them.
struct UnitListing: Sendable, Equatable {
    /// The unit's own name, where the one that was asked for is an alias.
    var id: String
    /// `loaded`, `not-found`, `masked`, `bad-setting`, `error`, …
    var loadState: String
    var activeState: String
    var subState: String
    /// The object that has its properties.
    var path: String
    /// What is queued or running for it.
    var job: Job?

    struct Job: Sendable, Equatable {
        var path: String
        /// `start`, `stop`, `restart`, `reload`, …
        var type: String
    }

    /// Reads an element of the reply to `ListUnitsByNames`.
    init(from message: borrowing BusMessage) throws(BusError) {
        self = try message.read(.structure, of: Self.signature) { () throws(BusError) in
            let id = try message.readString()
            _ = try message.readString()  // description
            let loadState = try message.readString()
            let activeState = try message.readString()
            let subState = try message.readString()
            _ = try message.readString()  // the unit that it follows
            let path = try message.readString(.objectPath)
            let jobID = try message.readUInt32()
            let job = Job(type: try message.readString(), path: try message.readString(.objectPath))
            return Self(
                id: id, loadState: loadState, activeState: activeState, subState: subState, path: path,
                job: jobID == 0 ? nil : job)
        }
    }

    static let signature = "ssssssouso"
}

extension UnitListing {
    init(id: String, loadState: String, activeState: String, subState: String, path: String, job: Job?) {
        self.id = id
        self.loadState = loadState
        self.activeState = activeState
        self.subState = subState
        self.path = path
        self.job = job
    }
}

extension UnitListing.Job {
    fileprivate init(type: String, path: String) {
        self.type = type
        self.path = path
    }
}
