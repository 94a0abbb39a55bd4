internal import MonitorCore

/// A configuration, and what is to be said about it once.
public struct LoadedConfiguration: Sendable, Equatable {
    /// Its ``Configuration/path`` is nil when no file was found, so that these are the built-in defaults.
    public let configuration: Configuration
    /// What works and yet deserves a look, in the order of the file.
    public let warnings: [ConfigurationProblem]

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
        try self.init(parsing: bytes, path: path, permissions: nil)
    }

    /// Reads a file; nil when there is none.
    package init?(file path: String) throws(ConfigurationError) {
        let file: SmallFile
        do {
            file = try SmallFile(reading: path, limit: Self.largestFile)
        } catch {
            if error == .missing { return nil }
            throw ConfigurationError("cannot read configuration file '\(path)': \(error)")
        }
        try self.init(parsing: file.bytes, path: path, permissions: file.permissions)
    }

    private init(parsing bytes: [UInt8], path: String, permissions: FilePermissions?) throws(ConfigurationError) {
        var parser = ConfigurationParser(path: path)
        parser.parse(bytes)
        let complaint = permissions?.complaint(
            holdsSecret: parser.configuration.database.password != nil, kind: "configuration file", path: path)
        let problems = (complaint.map { [ConfigurationProblem(place: nil, text: $0)] } ?? []) + parser.problems
        guard problems.isEmpty else { throw ConfigurationError(problems) }
        self.init(
            configuration: parser.configuration, warnings: parser.warnings, writtenKeys: parser.writtenKeys)
    }

    private static let largestFile = 1 << 20
}
