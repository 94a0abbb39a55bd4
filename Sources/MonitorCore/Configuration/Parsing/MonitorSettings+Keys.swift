extension MonitorSettings {
    /// The keys of `[monitor]`.
    static let keys: [SettingKey<MonitorSettings>] = [
        .required("check_interval", \.checkInterval, .duration(.milliseconds(100)...day)),
        .required("max_restart_failures", \.maxRestartFailures, maxRestartFailures),
        .required("circuit_reset_time", \.circuitResetTime, circuitResetTime),
        .optional("host", \.host, .hostLabel),
        .required("max_concurrent_restarts", \.maxConcurrentRestarts, .whole(1...256)),
        .required("circuit_reset_factor", \.circuitResetFactor, .number(1...100)),
        .optional("circuit_reset_max", \.circuitResetMax, circuitResetTime),
        .required("circuit_reset_jitter", \.circuitResetJitter, .number(0...1)),
        .required("relapse_window", \.relapseWindow, .duration(.zero...day)),
        .required("history_retention", \.historyRetention, .duration(.seconds(3600)...(day * 3650))),
        .required("allow", \.allow, .patterns),
        .list("deny", \.deny, .patterns),
    ]

    /// What `[process.NAME]` may override has the same form there.
    static let maxRestartFailures = ValueForm<Int>.whole(1...1000)
    static let circuitResetTime = ValueForm<Duration>.duration(.milliseconds(100)...(day * 30))

    private static let day: Duration = .seconds(86400)
}
