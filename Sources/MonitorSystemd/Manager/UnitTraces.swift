/// What a unit's signals have told since somebody began to listen; nil for what they have not.
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
    /// By object path, with how many listen: several restarts of one unit may overlap.
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
