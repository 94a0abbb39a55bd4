internal import MonitorCore
internal import MonitorIO

/// How a unit is before it is restarted.
struct UnitFacts: Sendable, Equatable {
    var listing: UnitListing
    var invocationID: [UInt8] = []
    /// `Type=`
    var type = ""
    /// `StandardInput=` or `TTYPath=`, where they name a terminal.
    var terminal: String?
    /// A stop ends none of its processes: `KillMode=none`, and no command does it.
    var outlivesStop = false

    /// Whether a start of such a unit ends only when it is ready, or has done its work.
    ///
    /// - SeeAlso: `systemd.service(5)`, `Type=`
    var startProvesReadiness: Bool { ["notify", "notify-reload", "dbus", "oneshot"].contains(type) }
}

/// The question how a unit is, all of it sent in one go.
///
/// Its answers can come in while something else is done.
struct UnitInquiry: Sendable {
    private let sentAt = SuspendingClock.now
    private let listing: Promise<Result<UnitListing, BusError>>
    private let invocationID: Promise<Result<[UInt8], BusError>>
    private let type: Promise<Result<String, BusError>>
    private let standardInput: Promise<Result<String, BusError>>
    private let terminalPath: Promise<Result<String, BusError>>
    private let killMode: Promise<Result<String, BusError>>
    private let stopCommands: Promise<Result<[[String]], BusError>>

    /// How old an answer may be to go by.
    private static let lifetime = Duration.milliseconds(500)

    init(of unit: UnitName, over manager: ManagerConnection) throws(BusError) {
        // An alias leads to its unit's object, too.
        let path = try ManagerConnection.path(of: unit.rawValue)
        listing = try manager.list(unit.rawValue)
        invocationID = try manager.get(.invocationID, of: path)
        type = try manager.get(.type, of: path)
        standardInput = try manager.get(.standardInput, of: path)
        terminalPath = try manager.get(.terminalPath, of: path)
        killMode = try manager.get(.killMode, of: path)
        stopCommands = try manager.get(.stopCommands, of: path)
    }

    var isFresh: Bool { SuspendingClock.now - sentAt < Self.lifetime }

    func facts(isolation: isolated (any Actor)? = #isolation) async throws(BusError) -> UnitFacts {
        var facts = UnitFacts(listing: try await listing.reply())
        guard facts.listing.loadState == "loaded" else { return facts }
        facts.invocationID = try await invocationID.reply()
        facts.type = try await type.reply()
        let (input, path) = (try await standardInput.reply(), try await terminalPath.reply())
        if input.hasPrefix("tty") { facts.terminal = "StandardInput=\(input)" }
        if !path.isEmpty { facts.terminal = "TTYPath=\(path)" }
        let (mode, commands) = (try await killMode.reply(), try await stopCommands.reply())
        facts.outlivesStop = mode == "none" && commands.isEmpty
        return facts
    }
}

extension ManagerConnection {
    /// How a unit is found after its job; where systemd has forgotten it by then, how it was last seen.
    func end(
        of path: String, isolation: isolated (any Actor)? = #isolation
    ) async throws(BusError) -> UnitEnd {
        let activeState = try get(.activeState, of: path)
        let invocationID = try get(.invocationID, of: path)
        var end = UnitEnd(activeState: try await activeState.reply(), invocationID: try await invocationID.reply())
        if !end.isActive { end.detail = try await detail(of: path) }
        return end
    }

    func detail(
        of path: String, isolation: isolated (any Actor)? = #isolation
    ) async throws(BusError) -> UnitEnd.Detail {
        // All asked before the first is awaited: one round trip.
        let subState = try get(.subState, of: path)
        let type = try get(.type, of: path)
        let result = try get(.result, of: path)
        let code = try get(.mainCode, of: path)
        let status = try get(.mainStatus, of: path)
        let condition = try get(.conditionResult, of: path)
        let conditionTime = try get(.conditionTime, of: path)
        let (conditionHolds, conditionSeen) = (try await condition.reply(), try await conditionTime.reply() != 0)
        return UnitEnd.Detail(
            subState: try await subState.reply(), type: try await type.reply(), result: try await result.reply(),
            mainCode: try await code.reply(), mainStatus: try await status.reply(),
            conditionFailed: conditionSeen && !conditionHolds)
    }

    func timeout(
        of path: String, since begin: SuspendingClock.Instant, isolation: isolated (any Actor)? = #isolation
    ) async throws(BusError) -> JobTimeout {
        let start = try get(.startTimeout, of: path)
        let stop = try get(.stopTimeout, of: path)
        return JobTimeout(start: try await start.reply(), stop: try await stop.reply(), since: begin)
    }

    /// The job that a unit has, and at which step it is.
    func step(
        of path: String, isolation: isolated (any Actor)? = #isolation
    ) async throws(BusError) -> (job: String, step: String) {
        let job = try get(.job, of: path)
        let step = try get(.subState, of: path)
        return (try await job.reply(), try await step.reply())
    }
}
