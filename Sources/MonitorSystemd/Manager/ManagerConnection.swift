internal import CSystemd
internal import Glibc
internal import MonitorIO

/// A connection to systemd: its manager's calls by name, and the ends of its jobs.
///
/// For the bus's queue alone, like the ``BusConnection`` in it.
final class ManagerConnection {
    private static let destination = "org.freedesktop.systemd1"
    private static let path = "/org/freedesktop/systemd1"
    /// PID 1 answers nothing while it reloads its configuration, which can take many seconds on a large host.
    private static let callLimit = Duration.seconds(30)

    private let bus: BusConnection
    private let jobs: JobEnds
    private let traces: UnitTraces

    /// Connects, and asks for the signals before anything else can be sent.
    ///
    /// - Parameters:
    ///   - onChange: told of each change of a unit's properties, with the path of its object.
    ///   - onClose: told once when the connection breaks, with the reason.
    init(
        to address: BusAddress, on queue: QueueExecutor, onChange: @escaping (String) -> Void = { _ in },
        onClose: @escaping (BusError) -> Void
    ) throws(BusError) {
        let jobs = JobEnds(on: queue)
        let traces = UnitTraces()
        self.jobs = jobs
        self.traces = traces
        bus = try BusConnection(to: address, on: queue, onClose: onClose)
        try bus.subscribe(
            to: "JobRemoved", of: SystemdInterface.manager, at: Self.path, sender: Self.destination
        ) { message throws(BusError) in
            _ = try message.readUInt32()  // id
            let path = try message.readString(.objectPath)
            _ = try message.readString()  // unit
            jobs.ended(path, with: try message.readString())
        }
        try bus.subscribe(
            to: "PropertiesChanged", of: SystemdInterface.properties, at: nil, sender: Self.destination
        ) { message throws(BusError) in
            onChange(message.path)
            try traces.take(message)
        }
        // systemd sends most signals only while a client has subscribed.
        _ = try call("Subscribe")
    }

    var isOpen: Bool { bus.isOpen }

    var roundTrips: Int { bus.roundTrips }

    // MARK: Units

    /// Loads the unit if need be, and tells its state.
    func list(_ unit: String) throws(BusError) -> Promise<Result<UnitListing, BusError>> {
        try call("ListUnitsByNames") { message throws(BusError) in
            try message.append([unit])
        } decode: { message throws(BusError) in
            try message.read(.array, of: "(\(UnitListing.signature))") { () throws(BusError) in
                // systemd passes over what can't be a unit's name.
                guard !message.isAtEnd else { throw .noSuchUnit }
                return try UnitListing(from: message)
            }
        }
    }

    /// The loaded services in any of these states.
    func listServices(in states: [String]) throws(BusError) -> Promise<Result<[UnitListing], BusError>> {
        try call("ListUnitsByPatterns") { message throws(BusError) in
            try message.append(states)
            try message.append(["*.service"])
        } decode: { message throws(BusError) in
            try message.readArray(of: "(\(UnitListing.signature))") { () throws(BusError) in
                try UnitListing(from: message)
            }
        }
    }

    func get<Value>(
        _ property: UnitProperty<Value>, of path: String
    ) throws(BusError) -> Promise<Result<Value, BusError>> {
        try call("Get", of: SystemdInterface.properties, at: path) { message throws(BusError) in
            try message.append(property.interface)
            try message.append(property.name)
        } decode: { message throws(BusError) in
            try message.read(property)
        }
    }

    /// Clears a failure, and with it the count of starts that `StartLimitBurst=` limits.
    func resetFailed(_ unit: String) throws(BusError) -> Promise<Result<Void, BusError>> {
        try call("ResetFailedUnit", unit)
    }

    /// The object of a unit.
    static func path(of unit: String) throws(BusError) -> String {
        var encoded: UnsafeMutablePointer<CChar>?
        try check(sd_bus_path_encode("\(Self.path)/unit", unit, &encoded))
        defer { free(encoded) }
        return encoded.map { String(cString: $0) } ?? ""
    }

    /// Notes what becomes of a unit, from now on until ``forget(_:)``.
    func trace(_ path: String) { traces.begin(path) }

    /// What has become of a unit since ``trace(_:)``.
    func traceOf(_ path: String) -> UnitTrace { traces[path] }

    func forget(_ path: String) { traces.end(path) }

    // MARK: Jobs

    /// Queues a job: `RestartUnit`, `StopUnit`.
    func queue(_ method: String, _ unit: String) throws(BusError) -> Promise<Result<Job, BusError>> {
        try queue(method) { message throws(BusError) in
            try message.append(unit)
            try message.append("replace")
        }
    }

    /// Queues the job of a method with other arguments.
    func queue(
        _ method: String, arguments: (borrowing BusMessage) throws(BusError) -> Void
    ) throws(BusError) -> Promise<Result<Job, BusError>> {
        // Watched while the reply is being read: the signal can't be there before it, and may be right behind it.
        try call(method, arguments: arguments) { [jobs] message throws(BusError) in
            jobs.watch(try message.readString(.objectPath))
        }
    }

    /// Watches the job that a unit has, if it still has it.
    func watch(jobOf path: String) throws(BusError) -> Promise<Result<Job?, BusError>> {
        let property = UnitProperty<String>.job
        return try call("Get", of: SystemdInterface.properties, at: path) { message throws(BusError) in
            try message.append(property.interface)
            try message.append(property.name)
        } decode: { [jobs] message throws(BusError) in
            let job = try message.read(property)
            return job == "/" ? nil : jobs.watch(job)
        }
    }

    // MARK: Calls

    private func call(_ method: String, _ unit: String) throws(BusError) -> Promise<Result<Void, BusError>> {
        try call(method) { message throws(BusError) in
            try message.append(unit)
        } decode: { _ in
        }
    }

    private func call(_ method: String) throws(BusError) -> Promise<Result<Void, BusError>> {
        try call(method) { _ in
        } decode: { _ in
        }
    }

    private func call<Reply: Sendable>(
        _ method: String, of interface: String = SystemdInterface.manager, at path: String = ManagerConnection.path,
        arguments: (borrowing BusMessage) throws(BusError) -> Void,
        decode: @escaping (borrowing BusMessage) throws(BusError) -> Reply
    ) throws(BusError) -> Promise<Result<Reply, BusError>> {
        let message = try bus.message(method, of: interface, at: path, destination: Self.destination)
        try arguments(message)
        return bus.send(message, limit: Self.callLimit, decode: decode)
    }
}

// MARK: - What signals tell

/// A job of systemd's that is being watched.
struct Job: Sendable {
    /// Its object path, which is never used again while systemd runs.
    var path: String
    /// How it ended: `done`, `failed`, `canceled`…
    var end: Promise<String>
}

/// The jobs whose end is waited for.
///
/// For the bus's queue alone.
final class JobEnds {
    private let queue: QueueExecutor
    private var watched: [String: [Promise<String>]] = [:]

    init(on queue: QueueExecutor) { self.queue = queue }

    func watch(_ path: String) -> Job {
        let end = Promise<String>(on: queue)
        watched[path, default: []].append(end)
        return Job(path: path, end: end)
    }

    func ended(_ path: String, with result: String) {
        for end in watched.removeValue(forKey: path) ?? [] { end.fulfil(result) }
    }
}

/// What a unit's signals have told since listening began; nil for what they have not.
///
/// systemd forgets a unit that nothing refers to as soon as it has ended well, and with it how it ended. Before that it
/// sends what has changed. (`RefUnit` would make it remember, but for each unit that is referred to, it sets a match
/// rule on the system bus; beyond 512 of them it loses its own connection.)
struct UnitTrace: Sendable, Equatable {
    var invocationID: [UInt8]?
    var conditionResult: Bool?
    var result: String?
    var mainCode: Int32?
    var mainStatus: Int32?
}

/// The units that are listened to.
///
/// For the bus's queue alone.
final class UnitTraces {
    /// By object path, with the number of listeners: several restarts of one unit may overlap.
    private var traces: [String: (trace: UnitTrace, listeners: Int)] = [:]

    func begin(_ path: String) { traces[path, default: (UnitTrace(), 0)].listeners += 1 }

    subscript(path: String) -> UnitTrace { traces[path]?.trace ?? UnitTrace() }

    func end(_ path: String) {
        guard var entry = traces[path] else { return }
        entry.listeners -= 1
        traces[path] = entry.listeners > 0 ? entry : nil
    }

    /// Takes a `PropertiesChanged`.
    func take(_ message: borrowing BusMessage) throws(BusError) {
        let path = message.path
        guard var trace = traces[path]?.trace else { return }
        _ = try message.readString()  // the interface; no two have a property of one name that matters here
        try message.readDictionary { key throws(BusError) in
            switch key {
            case "InvocationID": trace.invocationID = try message.read(.invocationID)
            case "ConditionResult": trace.conditionResult = try message.read(.conditionResult)
            case "Result": trace.result = try message.read(.result)
            case "ExecMainCode": trace.mainCode = try message.read(.mainCode)
            case "ExecMainStatus": trace.mainStatus = try message.read(.mainStatus)
            default: break
            }
        }
        traces[path]?.trace = trace
    }
}
