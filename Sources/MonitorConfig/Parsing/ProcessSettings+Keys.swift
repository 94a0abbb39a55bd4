internal import MonitorCore

extension ProcessSettings {
    /// The keys of `[process.NAME]` and `[process.default]`.
    static let keys: [SettingKey<ProcessSettings>] = [
        .required("restart_strategy", \.strategy, .choice),
        .optional("pre_restart_command", \.preRestartCommand, .command),
        .required("health_check_command", \.healthCheckCommand, .command),
        .required("health_check_timeout", \.healthCheckTimeout, .duration(.milliseconds(100)...hour)),
        .optional("stable_for", \.stableFor, .duration(.zero...hour)),
        .required("restart_delay", \.restartDelay, .duration(.zero...hour)),
        .required("max_attempts", \.maxAttempts, .whole(1...100)),
        .optional("unit", \.unit, .unit),
        .optional("start_command", \.startCommand, .command),
        .optional("stop_command", \.stopCommand, .command),
        .optional("pid_file", \.pidFile, .path),
        .optional("match", \.match, .text),
        .optional("user", \.user, .name),
        .optional("working_directory", \.workingDirectory, .path),
        .required("stop_timeout", \.stopTimeout, .duration(.zero...hour)),
        .required("command_timeout", \.commandTimeout, .duration(.milliseconds(100)...(hour * 24))),
        .optional("max_restart_failures", \.maxRestartFailures, Configuration.maxRestartFailures),
        .optional("circuit_reset_time", \.circuitResetTime, Configuration.circuitResetTime),
    ]

    /// The keys that tell one process from all others, so that in `[process.default]` they would make every process
    /// without its own the same one: the wrong program would be killed.
    static let keysOfOneProcess: Set<String> = ["unit", "pid_file", "match"]

    private static let hour: Duration = .seconds(3600)
}
