/// What the engine is at, for a status line.
public struct EngineStatus: Sendable, Equatable {
    public enum Database: Sendable, Equatable {
        case notYetReached
        /// Reached; for people: `MariaDB 10.11 at db1:3306`.
        case reached(String)
        /// Away, and why.
        case away(String)
    }

    public var database: Database
    /// Processes in alarm, as far as is known.
    public var alarms: Int
    public var recovering: Int
    /// Recoveries that only wait for the service manager, for longer than a command may take.
    public var stuck = 0
    /// Alarms that wait for their turn.
    public var waiting: Int
    /// Processes recovered since there was no alarm, or when there was one last.
    public var recovered: Int
    public var breakersOpen: Int
    /// Outcomes that are still to be written to the database.
    public var unwritten: Int
}

extension EngineStatus: CustomStringConvertible {
    /// One line: `768 in alarm, 128 recovering, 640 waiting, 232 recovered; database: MariaDB 10.11 at db1:3306`.
    public var description: String {
        var parts = ["\(alarms) in alarm", "\(recovering) recovering"]
        if stuck > 0 { parts.append("\(stuck) stuck") }
        if waiting > 0 { parts.append("\(waiting) waiting") }
        if recovered > 0 { parts.append("\(recovered) recovered") }
        if breakersOpen > 0 { parts.append("\(breakersOpen) breaker\(breakersOpen == 1 ? "" : "s") open") }
        if unwritten > 0 { parts.append("\(unwritten) outcome\(unwritten == 1 ? "" : "s") not yet written") }
        let store =
            switch database {
            case .notYetReached: "not yet reached"
            case .reached(let server): server
            case .away(let reason): "away (\(reason))"
            }
        return parts.joined(separator: ", ") + "; database: " + store
    }
}
