internal import MonitorCore

extension Configuration {
    /// Parses the text of a configuration file.
    ///
    /// - Parameters:
    ///   - text: the file's text.
    ///   - path: what problems call the file; becomes ``path``.
    /// - Throws: ``ConfigurationError`` with every problem of the text.
    public static func parse(_ text: String, path: String) throws(ConfigurationError) -> Configuration {
        try LoadedConfiguration(parsing: Array(text.utf8), path: path).configuration
    }

    /// Finds the configuration file, checks who may read and write it, and reads it.
    ///
    /// - Parameters:
    ///   - path: the file named on the command line; nil to look for it: `$MONITOR_CONFIG`, then
    ///     `/etc/monitord/config.ini`, then `/opt/monitor_service/config.ini`.
    ///   - environment: the environment variables.
    /// - Returns: the built-in defaults where no file was named and none is there.
    /// - Throws: ``ConfigurationError``: the file named is missing; one can't be read; one with a password in it can be
    ///   read by others; or every problem of its text.
    public static func load(
        path: String?, environment: [String: String]
    ) throws(ConfigurationError) -> LoadedConfiguration {
        try load(path: path, environment: environment, places: defaultPlaces)
    }

    /// Where a file is looked for when none is named: the first that exists is taken.
    public static let defaultPlaces = ["/etc/monitord/config.ini", "/opt/monitor_service/config.ini"]

    static func load(
        path: String?, environment: [String: String], places: [String]
    ) throws(ConfigurationError) -> LoadedConfiguration {
        let variable = environment["MONITOR_CONFIG"].flatMap { $0.isEmpty ? nil : $0 }
        if let named = path ?? variable {
            guard let loaded = try LoadedConfiguration(file: named) else {
                throw ConfigurationError("cannot read configuration file '\(named)': there is no such file")
            }
            return loaded
        }
        for place in places {
            if let loaded = try LoadedConfiguration(file: place) { return loaded }
        }
        return LoadedConfiguration(configuration: Configuration(), warnings: [])
    }
}
