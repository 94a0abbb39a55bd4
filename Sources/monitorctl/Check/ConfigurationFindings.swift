import MonitorConfig
internal import MonitorCore

/// What `check` says of the configuration.
enum ConfigurationFindings {
    private static let subject = "configuration"

    static func findings(for loaded: LoadedConfiguration) -> [Finding] {
        let file =
            loaded.configuration.path.map { Finding(.ok, subject, $0) }
            ?? Finding(
                .note, subject,
                "no file: the built-in defaults hold; looked for \(Configuration.defaultPlaces.joined(separator: ", "))"
            )
        let fallbacks = StatePaths.current(for: loaded.configuration).fallbacks
        return [file] + loaded.warnings.map { Finding(.warning, subject, $0.description) }
            + fallbacks.map { Finding(.note, subject, $0.description) }
    }

    static func findings(for error: ConfigurationError) -> [Finding] {
        error.problems.map { Finding(.error, subject, $0.description) }
    }
}
