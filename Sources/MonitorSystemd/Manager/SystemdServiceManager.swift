internal import CSystemd
internal import Dispatch
internal import Glibc
public import Logging
public import MonitorCore
internal import MonitorIO

/// systemd, asked over D-Bus; nothing is forked.
///
/// One connection serves any number of restarts at once. It is made when needed, again when it breaks, and closed when it
/// has been idle for a while, as the signals of every unit of the host come over it. For root it goes to systemd's own
/// socket, for others over the system bus.
///
/// Every wait is limited: a call by 30 s, a job by what the unit's own `TimeoutStartSec=` and `TimeoutStopSec=` allow
/// for each of its steps, at most ten minutes. A task that is cancelled stops waiting; the job goes on.
///
/// - SeeAlso: `org.freedesktop.systemd1(5)`
public actor SystemdServiceManager: ServiceManager {
    let queue = QueueExecutor(label: "process-monitor.systemd")
    let journal = JournalReader()
    let protected: ProtectedUnits
    let runtimeDirectory: String
    let logger: Logger
    /// Where systemd is looked for, in this order.
    private let addresses: [BusAddress]
    private var current: ManagerConnection?
    /// How many calls to this have begun, and how many of them have ended.
    private var uses = (begun: 0, ended: 0)
    private static let idleLimit = DispatchTimeInterval.seconds(30)

    public nonisolated var unownedExecutor: UnownedSerialExecutor { queue.asUnownedSerialExecutor() }

    /// Whether systemd runs this machine.
    ///
    /// - SeeAlso: `sd_booted(3)`
    public static var isRunning: Bool { sd_booted() > 0 }

    /// - Parameters:
    ///   - protected: what it refuses to restart, whatever alias it is asked under.
    ///   - runtimeDirectory: where the environment of a program lies for the moment of its start, readable for this
    ///     user alone; it is made where it is missing.
    public init(protected: ProtectedUnits, runtimeDirectory: String = "/run/monitord", logger: Logger) {
        self.init(
            protected: protected, runtimeDirectory: runtimeDirectory, logger: logger,
            addresses: geteuid() == 0 ? [.serviceManager, .system] : [.system])
    }

    init(protected: ProtectedUnits, runtimeDirectory: String, logger: Logger, addresses: [BusAddress]) {
        self.protected = protected
        self.runtimeDirectory = runtimeDirectory
        self.logger = logger
        self.addresses = addresses
    }

    public func activeState(of unit: UnitName) async throws(ServiceManagerError) -> String {
        beginUse()
        defer { endUse() }
        do throws(BusError) {
            return try await listing(of: unit).activeState
        } catch {
            if error.meansNoSuchUnit { return "inactive" }
            throw ServiceManagerError("cannot read the state of unit '\(unit)': \(error)")
        }
    }

    /// Begins a call to this: as long as it lasts, the connection stays.
    func beginUse() { uses.begun += 1 }

    func endUse() {
        uses.ended += 1
        let usesNow = uses
        guard usesNow.begun == usesNow.ended else { return }
        queue.queue.asyncAfter(deadline: .now() + Self.idleLimit) { [weak self] in
            self?.assumeIsolated { this in
                if this.uses == usesNow { this.current = nil }
            }
        }
    }

    /// The connection, made where there is none.
    func connection() throws(BusError) -> ManagerConnection {
        if let current, current.isOpen { return current }
        var failure = BusError(.unreachable, "no bus is known")
        for address in addresses {
            do throws(BusError) {
                return try connect(to: address)
            } catch {
                failure = error
            }
        }
        throw failure
    }

    private func connect(to address: BusAddress) throws(BusError) -> ManagerConnection {
        let connection = try ManagerConnection(to: address, on: queue) { [logger] reason in
            logger.info(
                "connection to systemd ended", metadata: ["event": "systemd.disconnected", "error.reason": "\(reason)"])
        }
        current = connection
        return connection
    }

    /// Loads a unit, and says how it is.
    ///
    /// Tried again where the connection turns out to have been broken while nobody used it.
    func listing(of unit: UnitName) async throws(BusError) -> UnitListing {
        do throws(BusError) {
            return try await connection().list(unit.rawValue).reply()
        } catch {
            guard error.kind == .unanswered else { throw error }
            return try await connection().list(unit.rawValue).reply()
        }
    }
}

extension BusError {
    static let noSuchUnit = BusError(
        .refused(name: "org.freedesktop.systemd1.NoSuchUnit"), "its name can't be that of a unit")

    /// systemd's ways of saying that there is no unit of a name, or that it can't be a unit's.
    var meansNoSuchUnit: Bool {
        kind == Self.noSuchUnit.kind || kind == .refused(name: "org.freedesktop.DBus.Error.InvalidArgs")
    }
}
