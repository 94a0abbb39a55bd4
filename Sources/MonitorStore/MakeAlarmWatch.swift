public import Logging
public import MonitorCore
internal import MonitorIO

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
    guard settings.changeFeed != .off else { return nil }
    let voice = FeedVoice(logger, isDemanded: settings.changeFeed == .on)
    return switch settings.backend {
    case .mariadb:
        BinlogWatch(
            settings, password: DatabasePassword(password, reread: rereadPassword), voice: voice)
    case .sqlite: SQLiteWatch(path: path, voice: voice)
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
