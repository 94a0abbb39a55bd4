internal import Logging
internal import Synchronization

/// Logs the state of the change feed: each state once, until it changes.
final class FeedVoice: Sendable {
    private enum Said: Equatable {
        case nothing
        case opened
        case lost
        case unavailable(String)
    }

    private let logger: Logger
    /// Level for limitations: warning if `change_feed = on`, info if `auto`.
    private let level: Logger.Level
    private let said = Mutex(Said.nothing)

    init(_ logger: Logger, isDemanded: Bool) {
        self.logger = logger
        level = isDemanded ? .warning : .info
    }

    /// Changes are seen from now on; `shortcoming` says which are not.
    func opened(_ source: String, shortcoming: String?) {
        guard isNew(.opened) else { return }
        logger.info(
            "sees alarms when they are committed", metadata: ["event": "feed.opened", "feed.source": "\(source)"])
        if let shortcoming {
            logger.log(
                level: level, "sees some alarms at check_interval only",
                metadata: ["event": "feed.remark", "remark": "\(shortcoming)"])
        }
    }

    func failed(_ error: FeedError) {
        if error.isLasting {
            guard isNew(.unavailable(error.reason)) else { return }
            logger.log(
                level: level, "there is no change feed: alarms are seen at check_interval",
                metadata: ["event": "feed.unavailable", "error.reason": "\(error.reason)"])
        } else if isNew(.lost) {
            logger.log(
                level: level, "the change feed is cut off: alarms are seen at check_interval until it is back",
                metadata: ["event": "feed.lost", "error.reason": "\(error.reason)"])
        }
    }

    private func isNew(_ news: Said) -> Bool {
        said.withLock { said in
            defer { said = news }
            return said != news
        }
    }
}
