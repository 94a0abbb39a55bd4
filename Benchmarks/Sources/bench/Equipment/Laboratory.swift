/// What the measurements share.
struct Laboratory {
    /// Fewer repetitions.
    let isQuick: Bool
    let server: DatabaseServer

    func repetitions(_ full: Int, quick: Int) -> Int { isQuick ? quick : full }

    /// How an alarm comes to the daemon's notice without delay in this build, and what figures call that.
    var fastest: Notice { Monitor.knowsChangeFeed ? .feed : .packet }

    /// How many units a storm has.
    var stormSize: Int { repetitions(1000, quick: 250) }

    func say(_ text: String) { print("bench: \(text)") }
}

/// How monitord hears that it has to poll.
enum Notice: String, CaseIterable {
    /// It follows the database's binary log.
    case feed
    /// The program that raised the alarm sends it a packet, as `monitorctl alarm set` does.
    case packet

    func settings(_ database: Database) -> Monitor.Settings {
        Monitor.Settings(database: database.name, changeFeed: self == .feed)
    }

    /// Raises an alarm, and does what is to be done for it to be noticed.
    ///
    /// - Returns: when it was committed.
    @discardableResult
    func raiseAlarm(of process: Int? = nil, in database: Database) throws -> Double {
        try database.raiseAlarm(of: process)
        let committed = now()
        if self == .packet { Monitor.wake() }
        return committed
    }
}
