public import Logging
public import MonitorCore

/// Makes what sees alarms sooner than polling does; nothing is connected or opened yet.
///
/// - Parameters:
///   - settings: `[database]`.
///   - path: the file of the embedded store; of no meaning for a server.
///   - password: for a server; nil = none.
///   - logger: told, once each, how it stands with the feed.
/// - Returns: nil where `change_feed = off`.
public func makeAlarmWatch(
    _ settings: DatabaseSettings, path: String, password: Secret?, logger: Logger
) -> (any AlarmWatch)? {
    guard settings.changeFeed != .off else { return nil }
    let voice = FeedVoice(logger, isDemanded: settings.changeFeed == .on)
    return switch settings.backend {
    case .mariadb: BinlogWatch(settings, password: password, voice: voice)
    case .sqlite: SQLiteWatch(path: path, voice: voice)
    }
}

/// Looks whether the changes of a database can be seen as they are committed.
///
/// - Returns: why they can't, or which can't, with what mends it; nil when they can.
package func obstacleToAlarmWatch(_ settings: DatabaseSettings, path: String, password: Secret?) async -> String? {
    await BlockingWork.run { findObstacle(settings, path: path, password: password) }
}

private func findObstacle(_ settings: DatabaseSettings, path: String, password: Secret?) -> String? {
    do throws(FeedError) {
        switch settings.backend {
        case .mariadb:
            let stream = try BinlogStream(settings, password: password)
            _ = try stream.start(
                watching: TableNames.specified.status, as: BinlogWatch.anyReaderID, heartbeat: .seconds(1), waits: false
            )
            _ = try stream.next()
            return stream.survey.shortcoming
        case .sqlite:
            _ = try WatchedDirectory(ofFile: path)
            return nil
        }
    } catch {
        return error.reason
    }
}
