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

/// What `check` tells those who come from `monitor_service.sh` with their `config.ini`.
enum MigrationFindings {
    /// Nothing unless the file is one of the script's: with every key that the script asked for, and none of ours.
    static func findings(for loaded: LoadedConfiguration) -> [Finding] {
        guard loaded.writtenKeys.isSuperset(of: scriptsKeys),
            loaded.configuration == loaded.configuration.withTheScriptsKeysAlone
        else { return [] }
        return [
            Finding(
                .note, "unchanged",
                """
                this file is one of monitor_service.sh, and every key means what it meant there.
                The tables stay as they are; alarms are raised as before: UPDATE STATUS_PROCESS SET alarma = 1.
                The log stays /var/log/monitor_service.log, and the service answers to monitor_service.
                """),
            Finding(
                .note, "changed",
                """
                after circuit_reset_time one recovery is on trial: it closes the breaker, or opens it again at once.
                A process in alarm again within relapse_window (60 s) of its recovery counts as failed.
                Breakers, and what was begun, outlive a restart of the service.
                Names with characters that a shell could read are refused, with a note.
                """),
            Finding(
                .note, "new",
                """
                monitorctl status, history, hold, release, reset; alarm set --wait, seen at once and not at the next poll.
                start_command, stop_command, pid_file and match for processes that are no service; unit for other unit names.
                TLS, password_file and several hosts for the database; several daemons on one database.
                monitord-config(5) explains every key.
                """),
        ]
    }
}

extension MigrationFindings {
    /// What the script's own file sets, outside of the sections of processes.
    fileprivate static let scriptsKeys: Set = [
        "[database] host", "[database] user", "[database] password", "[database] database",
        "[monitor] check_interval", "[monitor] max_restart_failures", "[monitor] circuit_reset_time",
        "[logging] max_log_size", "[logging] log_files_to_keep",
    ]
}

extension Configuration {
    /// The same configuration, all that `monitor_service.sh` had no key for left at its default.
    fileprivate var withTheScriptsKeysAlone: Configuration {
        var script = Configuration()
        script.path = path
        script.database.backend = .mariadb
        script.database.hosts = database.hosts
        script.database.user = database.user
        script.database.password = database.password
        script.database.database = database.database
        script.engine.checkInterval = engine.checkInterval
        script.engine.maxRestartFailures = engine.maxRestartFailures
        script.engine.circuitResetTime = engine.circuitResetTime
        script.logging.maxLogSizeKB = logging.maxLogSizeKB
        script.logging.logFilesToKeep = logging.logFilesToKeep
        script.engine.processDefaults = engine.processDefaults.withTheScriptsKeysAlone
        script.engine.processes = engine.processes.mapValues(\.withTheScriptsKeysAlone)
        return script
    }
}

extension ProcessSettings {
    fileprivate var withTheScriptsKeysAlone: ProcessSettings {
        var script = ProcessSettings()
        script.isNamed = isNamed
        script.strategy = strategy
        script.preRestartCommand = preRestartCommand
        script.healthCheckCommand = healthCheckCommand
        script.healthCheckTimeout = healthCheckTimeout
        script.restartDelay = restartDelay
        script.maxAttempts = maxAttempts
        return script
    }
}
