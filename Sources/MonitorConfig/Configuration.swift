internal import Glibc
package import MonitorCore

/// Everything that a configuration file says, defaults filled in.
package struct Configuration: Sendable, Equatable {
    package var database = DatabaseSettings()
    /// `[monitor]`, but for what concerns this host's rows, and the processes: what an engine goes by.
    package var engine = EngineSettings()
    /// The name under which this host's rows are kept; nil for the host's own name.
    package var host: String?
    /// How long history is kept.
    package var historyRetention = Event.defaultRetention
    package var logging = LoggingSettings()
    /// The `[check.NAME]` sections as they stand in the file, of which ``EngineSettings/checks`` is made.
    var checkSections: [ProcessName: CheckSection] = [:]
    /// The file it was read from; nil for the built-in defaults.
    package var path: String?

    package init() {}

    /// The name under which this host's rows are kept: the one configured, else what gethostname(2) says.
    package var hostName: String {
        if let host { return host }
        // Longer than any: HOST_NAME_MAX is 64 on Linux.
        return withUnsafeTemporaryAllocation(of: CChar.self, capacity: 256) { buffer in
            buffer.initialize(repeating: 0)
            gethostname(buffer.baseAddress!, buffer.count - 1)
            return String(cString: buffer.baseAddress!)
        }
    }
}

extension DatabaseSettings {
    /// How much later than planned the engine may be before it counts as hanging.
    ///
    /// A minute for a machine that is slow, and what the store may wait for meanwhile: a recovery writes its beginning
    /// and its outcome, each after what another one writes, and each may have to connect before, to any of the hosts.
    package var progressSlack: Duration {
        .seconds(60) + (queryTimeout + connectTimeout * (backend == .mariadb ? max(1, hosts.count) : 0)) * 4
    }
}

extension Configuration {
    /// Parses the text of a configuration file.
    ///
    /// - Parameters:
    ///   - text: the file's text.
    ///   - path: what problems call the file; becomes ``path``.
    /// - Throws: ``ConfigurationError`` with every problem of the text.
    package static func parse(_ text: String, path: String) throws(ConfigurationError) -> Configuration {
        try LoadedConfiguration(parsing: Array(text.utf8), path: path).configuration
    }

    /// Finds the configuration file, checks who may read and write it, and reads it.
    ///
    /// - Parameters:
    ///   - path: the file named on the command line; nil to look for it: `$MONITOR_CONFIG`, then
    ///     `/etc/monitord/config.ini`, then `/opt/monitor_service/config.ini`.
    ///   - environment: the environment variables.
    /// - Returns: the built-in defaults where no file was named and none is there.
    /// - Throws: ``ConfigurationError``: the file named is missing; one can't be read; others can change it, or
    ///   read one with a password in it; or every problem of its text.
    package static func load(
        path: String?, environment: [String: String]
    ) throws(ConfigurationError) -> LoadedConfiguration {
        try load(path: path, environment: environment, places: defaultPlaces)
    }

    /// Where a file is looked for when none is named: the first that exists is taken.
    package static let defaultPlaces = ["/etc/monitord/config.ini", "/opt/monitor_service/config.ini"]

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

/// A configuration, and what is to be said about it once.
package struct LoadedConfiguration: Sendable, Equatable {
    /// Its ``Configuration/path`` is nil when no file was found, so that these are the built-in defaults.
    package let configuration: Configuration
    /// What works and may still be a mistake, in the order of the file.
    package let warnings: [ConfigurationProblem]

    /// Whether there was a file.
    package var foundFile: Bool { configuration.path != nil }

    /// The keys that the file has a value for, each with its section: `[monitor] check_interval`.
    package let writtenKeys: Set<String>

    package init(
        configuration: Configuration, warnings: [ConfigurationProblem], writtenKeys: Set<String> = []
    ) {
        self.configuration = configuration
        self.warnings = warnings
        self.writtenKeys = writtenKeys
    }

    package init(parsing bytes: [UInt8], path: String) throws(ConfigurationError) {
        try self.init(parsing: bytes, path: path, file: nil)
    }

    /// Reads a file; nil when there is none.
    package init?(file path: String) throws(ConfigurationError) {
        let file: TrustedFile
        do {
            file = try TrustedFile(reading: path, limit: Self.largestFile)
        } catch {
            if error == .missing { return nil }
            throw ConfigurationError("cannot read configuration file '\(path)': \(error)")
        }
        try self.init(parsing: file.bytes, path: path, file: file)
    }

    private init(parsing bytes: [UInt8], path: String, file: TrustedFile?) throws(ConfigurationError) {
        var parser = ConfigurationParser(path: path)
        parser.parse(bytes)
        let complaints = file?.complaints(
            holdsSecret: parser.configuration.database.password != nil, kind: "configuration file", path: path)
        let problems = (complaints ?? []).map { ConfigurationProblem(place: nil, text: $0) } + parser.problems
        guard problems.isEmpty else { throw ConfigurationError(problems) }
        self.init(
            configuration: parser.configuration, warnings: parser.warnings, writtenKeys: parser.writtenKeys)
    }

    private static let largestFile = 1 << 20
}

/// Why a configuration can't be used: everything that is wrong with it, at once.
package struct ConfigurationError: Error, Sendable, Equatable, CustomStringConvertible {
    /// At least one, in the order of the file.
    package let problems: [ConfigurationProblem]

    init(_ problems: [ConfigurationProblem]) { self.problems = problems }

    package init(_ text: String) { self.init([text]) }

    init(_ texts: [String]) { problems = texts.map { ConfigurationProblem(place: nil, text: $0) } }

    /// A problem a line.
    package var description: String { problems.map(\.description).joined(separator: "\n") }
}

/// One thing that is wrong with a configuration, or that a warning says of it. It holds no password.
package struct ConfigurationProblem: Sendable, Equatable, CustomStringConvertible {
    /// A line of a file; the first is 1.
    package struct Place: Sendable, Equatable, CustomStringConvertible {
        package let path: String
        package let line: Int
        package var description: String { "\(path):\(line)" }
    }

    /// Where; nil when it is of no single line, and the text names the file.
    package let place: Place?
    /// What, for a person, on one line.
    package let text: String

    /// `FILE:LINE: text`, as editors and compilers know it.
    package var description: String { place.map { "\($0): \(text)" } ?? text }
}
