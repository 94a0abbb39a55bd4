public import Logging
public import MonitorCore
internal import MonitorIO
internal import Synchronization

/// Makes the store that the settings ask for; nothing is connected or created yet.
///
/// - Parameters:
///   - settings: where it is, and which.
///   - host: the name of this host, for the store's rows.
///   - path: the file of the embedded store; of no meaning for a server.
///   - password: for a server; nil = none.
public func makeStore(
    _ settings: DatabaseSettings, host: String, path: String, password: Secret? = nil
) -> any AlarmStore & ControlStore {
    makeStore(settings, host: host, path: path, password: password, historyRetention: Event.defaultRetention)
}

/// Makes a store with what only the programs know.
///
/// - Parameters:
///   - settings: `[database]`.
///   - host: the host of the daemon or tool.
///   - machineID: what the operating system knows this machine by, to know it again under another name.
///   - path: the file of the embedded store; of no meaning for a server.
///   - password: for a server; nil = none.
///   - historyRetention: how long history is kept.
///   - rereadPassword: asked where a server refuses the password, which may have been changed since it was read; nil =
///     there is no other.
///   - logger: told at `debug` of each call, and of each server that is tried; nil = nothing is logged.
package func makeStore(
    _ settings: DatabaseSettings, host: String, machineID: String? = nil, path: String, password: Secret?,
    historyRetention: Duration, rereadPassword: (@Sendable () -> Secret?)? = nil, logger: Logger? = nil
) -> any AlarmStore & ControlStore {
    let queryTimeout = settings.queryTimeout
    let login = DatabasePassword(password, reread: rereadPassword, logger: logger)
    let connect: SQLStore.Connector =
        switch settings.backend {
        case .mariadb: { () throws(SQLError) in try login.connect(settings) }
        case .sqlite: embedded(at: path, queryTimeout: queryTimeout)
        }
    return SQLStore(
        host: host, machineID: machineID, historyRetention: historyRetention, queryTimeout: queryTimeout,
        clock: SteadyWallClock(), logger: logger, connect: connect)
}

/// Opens the file, which is created where it is missing at first; one that goes later is missed.
private func embedded(at path: String, queryTimeout: Duration) -> SQLStore.Connector {
    let wasOpened = Atomic(false)
    return { () throws(SQLError) in
        let creates = !wasOpened.load(ordering: .acquiring)
        let connection = try SQLiteConnection(path: path, queryTimeout: queryTimeout, creates: creates)
        wasOpened.store(true, ordering: .releasing)
        return connection
    }
}

/// Makes what sees alarms sooner than polling does; nothing is connected or opened yet.
///
/// - Parameters:
///   - settings: `[database]`.
///   - path: the file of the embedded store; of no meaning for a server.
///   - password: for a server; nil = none.
///   - rereadPassword: asked where a server refuses the password, as for the store.
///   - logger: told, once each, how it stands with the feed.
/// - Returns: nil where `change_feed = off`.
public func makeAlarmWatch(
    _ settings: DatabaseSettings, path: String, password: Secret?,
    rereadPassword: (@Sendable () -> Secret?)? = nil, logger: Logger
) -> (any AlarmWatch)? {
    guard settings.changeFeed != .off else {
        logger.debug("follows no changes", metadata: ["event": "feed.off"])
        return nil
    }
    let log = FeedLog(logger, isDemanded: settings.changeFeed == .on)
    return switch settings.backend {
    case .mariadb:
        BinlogWatch(
            settings, password: DatabasePassword(password, reread: rereadPassword, logger: logger), log: log)
    case .sqlite: SQLiteWatch(path: path, log: log)
    }
}

/// Finds out whether alarms can be seen when they are committed.
///
/// - Returns: which can't, why, and what mends it; nil when all can.
package func shortcomingOfAlarmWatch(
    _ settings: DatabaseSettings, path: String, password: Secret?
) async -> String? {
    await BlockingWork.run { findShortcoming(settings, path: path, password: password) }
}

private func findShortcoming(_ settings: DatabaseSettings, path: String, password: Secret?) -> String? {
    do throws(FeedError) {
        switch settings.backend {
        case .mariadb:
            let stream = try BinlogStream(settings, password: DatabasePassword(password))
            _ = try stream.start(as: BinlogWatch.anyReaderID, heartbeat: .seconds(1), waits: false)
            _ = try stream.next()
            return stream.survey.shortcoming
        case .sqlite:
            _ = try WatchedDirectory(ofFile: path)
            return nil
        }
    } catch {
        return "alarms are seen at check_interval: \(error.reason)"
    }
}
