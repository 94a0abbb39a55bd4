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
    /// Processes in alarm at the last poll.
    public var alarms: Int
    public var recovering: Int
    /// Alarms that wait for their turn.
    public var waiting: Int
    public var breakersOpen: Int
    /// Outcomes that are still to be written to the database.
    public var unwritten: Int
}

extension EngineStatus: CustomStringConvertible {
    /// One line: `2 in alarm, 1 recovering, 1 breaker open; database: MariaDB 10.11 at db1:3306`.
    public var description: String {
        var parts = ["\(alarms) in alarm", "\(recovering) recovering"]
        if waiting > 0 { parts.append("\(waiting) waiting") }
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
