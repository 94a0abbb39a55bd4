internal import MonitorCore

extension Configuration {
    /// The keys of `[monitor]`.
    static let monitorKeys: [SettingKey<Configuration>] = [
        .required("check_interval", \.engine.checkInterval, .duration(.milliseconds(100)...day)),
        .required("max_restart_failures", \.engine.maxRestartFailures, maxRestartFailures),
        .required("circuit_reset_time", \.engine.circuitResetTime, circuitResetTime),
        .optional("host", \.host, .hostLabel),
        .required("max_concurrent_restarts", \.engine.maxConcurrentRestarts, .whole(1...256)),
        .required("circuit_reset_factor", \.engine.circuitResetFactor, .number(1...100)),
        .optional("circuit_reset_max", \.engine.circuitResetMax, circuitResetTime),
        .required("circuit_reset_jitter", \.engine.circuitResetJitter, .number(0...1)),
        .optional("retry_delay", \.engine.retryDelay, .duration(.zero...day)),
        .required("relapse_window", \.engine.relapseWindow, .duration(.zero...day)),
        .required("history_retention", \.historyRetention, .duration(.seconds(3600)...(day * 3650))),
        .required("allow", \.engine.allow, .patterns),
        .list("deny", \.engine.deny, .patterns),
    ]

    /// What `[process.NAME]` may override has the same form there.
    static let maxRestartFailures = ValueForm<Int>.whole(1...1000)
    static let circuitResetTime = ValueForm<Duration>.duration(.milliseconds(100)...(day * 30))

    private static let day: Duration = .seconds(86400)
}
