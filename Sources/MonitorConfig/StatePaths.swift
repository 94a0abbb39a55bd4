// `environ` is a plain global of C. The daemon changes its environment once, before there is a second thread.
@preconcurrency internal import Glibc
internal import MonitorCore
internal import MonitorIO

/// Where the files of the monitor are, as far as the configuration does not say.
///
/// Root, and a service with directories from systemd, use the system's; an ordinary user's daemon uses the user's own,
/// after the XDG Base Directory Specification.
package struct StatePaths: Sendable, Equatable {
    /// `/var/lib/monitord`
    package let stateDirectory: String
    /// The embedded store: `/var/lib/monitord/monitor.db`
    package let database: String
    /// The socket on which a packet means "poll now": `/run/monitord/wake`
    package let wakeSocket: String
    /// `/var/log/monitor_service.log`
    package let logFile: String
    /// The defaults that something else took the place of, each to be said once.
    package let fallbacks: [Fallback]

    /// A default that something else took the place of.
    package struct Fallback: Sendable, Equatable, CustomStringConvertible {
        package enum Subject: String, Sendable {
            case database
            case wakeSocket = "wake socket"
            case logFile = "log file"
        }

        package let subject: Subject
        package let preferred: String
        package let used: String

        package var description: String { "the \(subject.rawValue) is '\(used)' in place of '\(preferred)'" }
    }

    /// Decides the places.
    ///
    /// - Parameters:
    ///   - configuration: what it names is used, and is no fallback.
    ///   - userID: who runs.
    ///   - home: the user's home directory, where it is known.
    ///   - environment: of it `STATE_DIRECTORY`, `RUNTIME_DIRECTORY`, `LOGS_DIRECTORY` (systemd.exec(5)),
    ///     `XDG_STATE_HOME` and `XDG_RUNTIME_DIR`. `LOGS_DIRECTORY` is not for root, whose log stays where the script
    ///     had it.
    init(for configuration: Configuration, userID: UInt32, home: String?, environment: [String: String]) {
        // systemd gives a list where a unit has several; a relative path is to be ignored (XDG).
        func directory(_ variable: String) -> String? {
            let first = environment[variable]?.split(separator: ":").first.map(String.init)
            return first.flatMap { $0.isAbsolutePath ? $0 : nil }
        }
        func ownState() -> String? {
            guard userID != 0 else { return nil }
            return (directory("XDG_STATE_HOME") ?? home.map { "\($0)/.local/state" }).map { "\($0)/monitord" }
        }
        func ownRuntime() -> String? {
            guard userID != 0 else { return nil }
            return directory("XDG_RUNTIME_DIR").map { "\($0)/monitord" } ?? ownState()
        }
        let ownLogs = userID == 0 ? nil : directory("LOGS_DIRECTORY") ?? directory("STATE_DIRECTORY") ?? ownState()

        stateDirectory = directory("STATE_DIRECTORY") ?? ownState() ?? Defaults.stateDirectory
        let runtimeDirectory = directory("RUNTIME_DIRECTORY") ?? ownRuntime() ?? Defaults.runtimeDirectory
        let defaultDatabase = "\(stateDirectory)/monitor.db"
        let defaultLog = "\(ownLogs ?? Defaults.logDirectory)/monitor_service.log"
        wakeSocket = "\(runtimeDirectory)/wake"
        database = configuration.database.path ?? defaultDatabase
        logFile = configuration.logging.file ?? defaultLog

        var candidates = [
            Fallback(subject: .wakeSocket, preferred: "\(Defaults.runtimeDirectory)/wake", used: wakeSocket)
        ]
        if configuration.database.path == nil, configuration.database.backend == .sqlite {
            candidates.append(
                Fallback(subject: .database, preferred: "\(Defaults.stateDirectory)/monitor.db", used: defaultDatabase))
        }
        if configuration.logging.file == nil {
            candidates.append(
                Fallback(
                    subject: .logFile, preferred: "\(Defaults.logDirectory)/monitor_service.log", used: defaultLog))
        }
        fallbacks = candidates.filter { $0.used != $0.preferred }
    }

    private enum Defaults {
        static let stateDirectory = "/var/lib/monitord"
        static let runtimeDirectory = "/run/monitord"
        static let logDirectory = "/var/log"
    }
}

extension StatePaths {
    /// The places for this process: its user and its environment.
    ///
    /// - Parameter configuration: what it names is used; the built-in one names nothing.
    package static func current(for configuration: Configuration = Configuration()) -> StatePaths {
        let variables = [
            "STATE_DIRECTORY", "RUNTIME_DIRECTORY", "LOGS_DIRECTORY", "XDG_STATE_HOME", "XDG_RUNTIME_DIR",
        ]
        let environment = variables.reduce(into: [String: String]()) { $0[$1] = value(of: $1) }
        let userID = geteuid()
        return StatePaths(
            for: configuration, userID: userID, home: value(of: "HOME") ?? UserEntry.of(userID)?.home,
            environment: environment)
    }

    private static func value(of variable: String) -> String? {
        guard let text = getenv(variable), text.pointee != 0 else { return nil }
        return String(cString: text)
    }
}

/// The environment variables of this process.
package enum ProcessEnvironment {
    package static func variables() -> [String: String] {
        var variables: [String: String] = [:]
        var entry = environ
        while let text = entry.pointee {
            let pair = String(cString: text).split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            if pair.count == 2 { variables[String(pair[0])] = String(pair[1]) }
            entry += 1
        }
        return variables
    }
}
