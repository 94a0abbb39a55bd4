extension SystemdServiceManager {
    /// How a unit is found after its job; where systemd has forgotten it by then, how it was last seen.
    func end(of path: String, seenBy manager: ManagerConnection) async throws(BusError) -> UnitEnd {
        let connection = try connection()
        let activeState = try connection.get(.activeState, of: path)
        let invocationID = try connection.get(.invocationID, of: path)
        var end = UnitEnd(activeState: try await activeState.reply(), invocationID: try await invocationID.reply())
        if end.isActive { return end }
        var detail = try await detail(of: path)
        if end.invocationID.isEmpty {
            let trace = manager.traceOf(path)
            end.invocationID = trace.invocationID ?? []
            detail.take(trace)
        }
        end.detail = detail
        return end
    }

    private func detail(of path: String) async throws(BusError) -> UnitEnd.Detail {
        let manager = try connection()
        // All asked before the first is awaited: one round trip.
        let subState = try manager.get(.subState, of: path)
        let type = try manager.get(.type, of: path)
        let result = try manager.get(.result, of: path)
        let code = try manager.get(.mainCode, of: path)
        let status = try manager.get(.mainStatus, of: path)
        let condition = try manager.get(.conditionResult, of: path)
        let conditionTime = try manager.get(.conditionTime, of: path)
        let (conditionHolds, conditionSeen) = (try await condition.reply(), try await conditionTime.reply() != 0)
        return UnitEnd.Detail(
            subState: try await subState.reply(), type: try await type.reply(), result: try await result.reply(),
            mainCode: try await code.reply(), mainStatus: try await status.reply(),
            conditionFailed: conditionSeen && !conditionHolds)
    }
}

extension UnitEnd.Detail {
    fileprivate mutating func take(_ trace: UnitTrace) {
        result = trace.result ?? result
        mainCode = trace.mainCode ?? mainCode
        mainStatus = trace.mainStatus ?? mainStatus
        if trace.conditionResult == false { conditionFailed = true }
    }
}
