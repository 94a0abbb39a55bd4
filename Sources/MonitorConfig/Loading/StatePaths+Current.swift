internal import Glibc
internal import MonitorCore

extension StatePaths {
    /// The places for this process: its user and its environment.
    ///
    /// - Parameter configuration: what it names is used; the built-in one names nothing.
    public static func current(for configuration: Configuration = Configuration()) -> StatePaths {
        let variables = [
            "STATE_DIRECTORY", "RUNTIME_DIRECTORY", "LOGS_DIRECTORY", "XDG_STATE_HOME", "XDG_RUNTIME_DIR",
        ]
        let environment = variables.reduce(into: [String: String]()) { $0[$1] = value(of: $1) }
        let userID = geteuid()
        return StatePaths(
            for: configuration, userID: userID, home: value(of: "HOME") ?? homeDirectory(of: userID),
            environment: environment)
    }

    private static func value(of variable: String) -> String? {
        guard let text = getenv(variable), text.pointee != 0 else { return nil }
        return String(cString: text)
    }

    /// The home directory in the user database; nil for a user that has none.
    private static func homeDirectory(of user: uid_t) -> String? {
        var entry = passwd()
        var found: UnsafeMutablePointer<passwd>?
        var buffer = [CChar](repeating: 0, count: 16384)
        // The entry's strings lie in the buffer, so they are copied before it ends.
        return buffer.withUnsafeMutableBufferPointer { space in
            guard getpwuid_r(user, &entry, space.baseAddress!, space.count, &found) == 0, found != nil,
                let directory = entry.pw_dir
            else { return nil }
            return String(cString: directory)
        }
    }
}
