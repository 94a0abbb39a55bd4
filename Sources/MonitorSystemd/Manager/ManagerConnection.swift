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

    /// Connects, and asks for the signals before anything else can be sent.
    ///
    /// - Parameter onClose: told once when the connection breaks, with the reason.
    init(to address: BusAddress, on queue: QueueExecutor, onClose: @escaping (BusError) -> Void) throws(BusError) {
        let jobs = JobEnds(on: queue)
        self.jobs = jobs
        bus = try BusConnection(to: address, on: queue, onClose: onClose)
        try bus.subscribe(
            to: "JobRemoved", of: SystemdInterface.manager, at: Self.path, sender: Self.destination
        ) { message throws(BusError) in
            _ = try message.readUInt32()  // id
            let path = try message.readString(.objectPath)
            _ = try message.readString()  // unit
            jobs.ended(path, with: try message.readString())
        }
        // systemd sends most signals only while somebody has subscribed. That somebody else has is no error to us.
        _ = try call("Subscribe")
    }

    var isOpen: Bool { bus.isOpen }

    func close(_ reason: BusError) { bus.close(reason) }

    // MARK: Units

    /// Loads the unit if need be, and tells its state.
    func list(_ unit: String) throws(BusError) -> Arrival<Result<UnitListing, BusError>> {
        try call("ListUnitsByNames") { message throws(BusError) in
            try message.append([unit])
        } decode: { message throws(BusError) in
            try message.read(.array, of: "(\(UnitListing.signature))") { () throws(BusError) in
                try UnitListing(from: message)
            }
        }
    }

    func get<Value>(
        _ property: UnitProperty<Value>, of path: String
    ) throws(BusError) -> Arrival<Result<Value, BusError>> {
        try call("Get", of: SystemdInterface.properties, at: path) { message throws(BusError) in
            try message.append(property.interface)
            try message.append(property.name)
        } decode: { message throws(BusError) in
            try message.read(.variant, of: property.signature) { () throws(BusError) in try property.read(message) }
        }
    }

    /// Has systemd keep what it knows of a unit after the unit's end, until ``release(_:)`` or the connection's end.
    ///
    /// Without it, a unit that ends well is forgotten at once, and how it ended with it. It is no matter if that is
    /// refused.
    func hold(_ unit: String) throws(BusError) { _ = try call("RefUnit", unit) }

    func release(_ unit: String) { _ = try? call("UnrefUnit", unit) }

    /// Clears a failure, and with it the count of starts that `StartLimitBurst=` limits.
    func resetFailed(_ unit: String) throws(BusError) -> Arrival<Result<Void, BusError>> {
        try call("ResetFailedUnit", unit)
    }

    /// The unit that a process belongs to.
    func path(ofUnitOf pid: Int32) throws(BusError) -> Arrival<Result<String, BusError>> {
        try call("GetUnitByPID") { message throws(BusError) in
            try message.append(UInt32(bitPattern: pid))
        } decode: { message throws(BusError) in
            try message.readString(.objectPath)
        }
    }

    // MARK: Jobs

    /// Queues a job: `RestartUnit`, `StopUnit`.
    func queue(_ method: String, _ unit: String) throws(BusError) -> Arrival<Result<Job, BusError>> {
        try queue(method) { message throws(BusError) in
            try message.append(unit)
            try message.append("replace")
        }
    }

    /// Queues the job of a method with other arguments.
    func queue(
        _ method: String, arguments: (borrowing BusMessage) throws(BusError) -> Void
    ) throws(BusError) -> Arrival<Result<Job, BusError>> {
        // Watched while the reply is being read: the signal can't be there before it, and may be right behind it.
        try call(method, arguments: arguments) { [jobs] message throws(BusError) in
            jobs.watch(try message.readString(.objectPath))
        }
    }

    /// Watches the job that a unit has, if it still has it.
    func watch(jobOf path: String) throws(BusError) -> Arrival<Result<Job?, BusError>> {
        let property = UnitProperty<String>.job
        return try call("Get", of: SystemdInterface.properties, at: path) { message throws(BusError) in
            try message.append(property.interface)
            try message.append(property.name)
        } decode: { [jobs] message throws(BusError) in
            let job = try message.read(.variant, of: property.signature) { () throws(BusError) in
                try property.read(message)
            }
            return job == "/" ? nil : jobs.watch(job)
        }
    }

    // MARK: Calls

    private func call(_ method: String, _ unit: String) throws(BusError) -> Arrival<Result<Void, BusError>> {
        try call(method) { message throws(BusError) in
            try message.append(unit)
        } decode: { _ in
        }
    }

    private func call(_ method: String) throws(BusError) -> Arrival<Result<Void, BusError>> {
        try call(method) { _ in
        } decode: { _ in
        }
    }

    private func call<Reply: Sendable>(
        _ method: String, of interface: String = SystemdInterface.manager, at path: String = ManagerConnection.path,
        arguments: (borrowing BusMessage) throws(BusError) -> Void,
        decode: @escaping (borrowing BusMessage) throws(BusError) -> Reply
    ) throws(BusError) -> Arrival<Result<Reply, BusError>> {
        let message = try bus.message(method, of: interface, at: path, destination: Self.destination)
        try arguments(message)
        return bus.send(message, limit: Self.callLimit, decode: decode)
    }
}
