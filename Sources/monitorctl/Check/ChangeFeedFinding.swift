import MonitorConfig
internal import MonitorCore
internal import MonitorStore

/// What `check` says of the change feed: whether alarms can be seen when they are committed.
enum ChangeFeedFinding {
    static func finding(_ session: Session) async throws -> Finding {
        let settings = session.configuration.database
        guard settings.changeFeed != .off else { return finding(for: nil, .off) }
        let shortcoming = await shortcomingOfAlarmWatch(
            settings, path: session.paths.database,
            password: try settings.resolvedPassword(environment: session.environment))
        return finding(for: shortcoming, settings.changeFeed)
    }

    static func finding(for shortcoming: String?, _ wanted: DatabaseSettings.ChangeFeed) -> Finding {
        let subject = "change feed"
        guard wanted != .off else { return Finding(.note, subject, "off: alarms are seen at check_interval") }
        guard let shortcoming else { return Finding(.ok, subject, "alarms are seen when they are committed") }
        return Finding(wanted == .on ? .warning : .note, subject, shortcoming)
    }
}
