internal import MonitorCore

/// The sections that there are.
enum SectionKind: Hashable, Sendable {
    case database
    case monitor
    case logging
    case processDefault
    case process(ProcessName)
    case check(ProcessName)

    private static let processPrefix = "process."
    private static let checkPrefix = "check."
    private static let fixed: [String: SectionKind] = [
        "database": .database, "monitor": .monitor, "logging": .logging, "process.default": .processDefault,
    ]

    /// Parses the name between the brackets.
    ///
    /// - Throws: ``InvalidValue`` with what is wrong, and with the nearest name that there is.
    init(_ name: String) throws(InvalidValue) {
        if let kind = Self.fixed[name] {
            self = kind
        } else if name.hasPrefix(Self.processPrefix) {
            do {
                self = .process(try ProcessName(String(name.dropFirst(Self.processPrefix.count))))
            } catch {
                throw InvalidValue("[process.NAME]: \(error)")
            }
        } else if name.hasPrefix(Self.checkPrefix) {
            do {
                self = .check(try ProcessName(String(name.dropFirst(Self.checkPrefix.count))))
            } catch {
                throw InvalidValue("[check.NAME]: \(error)")
            }
        } else {
            throw InvalidValue("unknown section [\(name.escapedForDisplay(limit: 60))]\(Self.suggestion(for: name))")
        }
    }

    private static func suggestion(for name: String) -> String {
        if let near = name.nearest(among: fixed.keys.sorted()) { return "; did you mean [\(near)]?" }
        let parts = name.split(separator: ".", maxSplits: 1).map(String.init)
        if parts.count == 2, let kind = parts[0].nearest(among: ["process", "check"]),
            (try? ProcessName(parts[1])) != nil
        {
            return "; did you mean [\(kind).\(parts[1])]?"
        }
        if (try? ProcessName(name)) != nil { return "; a process's section is called [process.\(name)]" }
        return "; there are [database], [monitor], [logging], [process.default], [process.NAME] and [check.NAME]"
    }
}

/// One key of a section: its name, and how its value gets into the settings.
///
/// The keys of a section are a list of these; a key that is in no list does not exist.
struct SettingKey<Settings>: Sendable {
    let name: String
    /// How much of the line belongs to the value.
    let reading: any KeyPath<INIValue, String> & Sendable
    /// Puts the text that was read so into the settings.
    let apply: @Sendable (String, inout Settings) throws(InvalidValue) -> Void
    /// Whether two settings have the same value here.
    let isSame: @Sendable (Settings, Settings) -> Bool
    /// Whether a running daemon goes on with the old value, at a reload.
    private(set) var needsRestart = false

    /// This key, for a value that a daemon takes at its start only.
    var atRestart: Self {
        var key = self
        key.needsRestart = true
        return key
    }

    /// A setting that always has a value: an empty one is refused.
    static func required<Value: Equatable & SendableMetatype>(
        _ name: String, _ field: any WritableKeyPath<Settings, Value> & Sendable, _ form: ValueForm<Value>
    ) -> Self {
        Self(name, field, form) { (text, settings) throws(InvalidValue) in
            guard !text.isEmpty else { throw InvalidValue("there is no value") }
            settings[keyPath: field] = try form.parse(text)
        }
    }

    /// A list that may be empty.
    static func list(
        _ name: String, _ field: any WritableKeyPath<Settings, [String]> & Sendable, _ form: ValueForm<[String]>
    ) -> Self {
        Self(name, field, form) { (text, settings) throws(InvalidValue) in
            settings[keyPath: field] = text.isEmpty ? [] : try form.parse(text)
        }
    }

    /// A setting that may be absent: an empty value takes away what a less specific section gave.
    static func optional<Value: Equatable & SendableMetatype>(
        _ name: String, _ field: any WritableKeyPath<Settings, Value?> & Sendable, _ form: ValueForm<Value>
    ) -> Self {
        Self(name, field, form) { (text, settings) throws(InvalidValue) in
            settings[keyPath: field] = text.isEmpty ? nil : try form.parse(text)
        }
    }

    private init<Field: Equatable & SendableMetatype, Value>(
        _ name: String, _ field: any WritableKeyPath<Settings, Field> & Sendable, _ form: ValueForm<Value>,
        apply: @escaping @Sendable (String, inout Settings) throws(InvalidValue) -> Void
    ) {
        self.name = name
        reading = form.reading
        self.apply = apply
        isSame = { $0[keyPath: field] == $1[keyPath: field] }
    }
}

/// Why a value is refused, to be read after the key: `'0' is not a whole number from 1 to 100`.
struct InvalidValue: Error, Equatable {
    let reason: String

    init(_ reason: String) { self.reason = reason }

    /// Quotes the value: not for one that is secret.
    init(_ value: String, _ complaint: String) {
        reason = "'\(value.escapedForDisplay(limit: 60))' \(complaint)"
    }
}

extension Configuration {
    /// The keys of `[monitor]`.
    static let monitorKeys: [SettingKey<Configuration>] = [
        .required("check_interval", \.engine.checkInterval, .duration(.milliseconds(100)...day)),
        .required("max_restart_failures", \.engine.maxRestartFailures, maxRestartFailures),
        .required("circuit_reset_time", \.engine.circuitResetTime, circuitResetTime),
        .optional("host", \.host, .hostLabel).atRestart,
        .required("max_concurrent_restarts", \.engine.maxConcurrentRestarts, .whole(1...256)),
        .required("circuit_reset_factor", \.engine.circuitResetFactor, .number(1...100)),
        .optional("circuit_reset_max", \.engine.circuitResetMax, circuitResetTime),
        .required("circuit_reset_jitter", \.engine.circuitResetJitter, .number(0...1)),
        .optional("retry_delay", \.engine.retryDelay, .duration(.zero...day)),
        .required("relapse_window", \.engine.relapseWindow, .duration(.zero...day)),
        .required("history_retention", \.historyRetention, .duration(.seconds(3600)...(day * 3650))).atRestart,
        .required("allow", \.engine.allow, .patterns),
        .list("deny", \.engine.deny, .patterns),
        .required("mode", \.engine.mode, .choice),
        .required("max_concurrent_checks", \.engine.maxConcurrentChecks, .whole(1...256)),
    ]

    /// What `[process.NAME]` may override has the same form there.
    static let maxRestartFailures = ValueForm<Int>.whole(1...1000)
    static let circuitResetTime = ValueForm<Duration>.duration(.milliseconds(100)...(day * 30))

    private static let day: Duration = .seconds(86400)
}

extension DatabaseSettings {
    /// The keys of `[database]`, whose store is made when the daemon starts.
    static let keys: [SettingKey<DatabaseSettings>] = [
        .required("backend", \.backend, .choice).atRestart,
        .optional("path", \.path, .path).atRestart,
        .list("host", \.hosts, .hosts).atRestart,
        .required("port", \.port, .port).atRestart,
        .optional("socket", \.socket, .path).atRestart,
        .optional("user", \.user, .name).atRestart,
        // Read again where a server refuses the password.
        .optional("password", \.password, .secret),
        .optional("password_file", \.passwordFile, .path),
        .required("database", \.database, .name).atRestart,
        .required("tls", \.tls, .choice).atRestart,
        .optional("tls_ca", \.tlsCA, .path).atRestart,
        .optional("tls_cert", \.tlsCertificate, .path).atRestart,
        .optional("tls_key", \.tlsKey, .path).atRestart,
        .required("connect_timeout", \.connectTimeout, .duration(.seconds(1)...(.seconds(300)))).atRestart,
        .required("query_timeout", \.queryTimeout, .duration(.seconds(1)...(.seconds(3600)))).atRestart,
        .required("change_feed", \.changeFeed, .choice).atRestart,
    ]

    /// The keys that mean something to one backend only.
    static let keysOfOneBackend: [Backend: Set<String>] = [
        .sqlite: ["path"],
        .mariadb: [
            "host", "port", "socket", "user", "password", "password_file", "database", "tls", "tls_ca", "tls_cert",
            "tls_key", "connect_timeout",
        ],
    ]
}

extension LoggingSettings {
    /// The keys of `[logging]`.
    static let keys: [SettingKey<LoggingSettings>] = [
        .required("max_log_size", \.maxLogSizeKB, .whole(1...10_485_760)),
        .required("log_files_to_keep", \.logFilesToKeep, .whole(0...1000)),
        .optional("file", \.file, .path),
        .required("level", \.level, .choice),
        .required("journal", \.journal, .choice).atRestart,
        .required("format", \.format, .choice),
    ]
}

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

    /// The keys that distinguish one process from all others, so that in `[process.default]` they would make every process
    /// without its own the same one: the wrong program would be killed.
    static let keysOfOneProcess: Set<String> = ["unit", "pid_file", "match"]

    private static let hour: Duration = .seconds(3600)
}

// MARK: - Changes

/// A key whose value another configuration changes.
package struct ConfigurationChange: Sendable, Equatable, CustomStringConvertible {
    package let key: String
    /// The section, without its brackets.
    package let section: String
    /// Whether a running daemon goes on with the old value.
    package let needsRestart: Bool

    package var description: String { "'\(key)' of [\(section)]" }
}

extension Configuration {
    /// What another configuration changes, section by section; a process that only follows the defaults is not named.
    package func changes(to new: Configuration) -> [ConfigurationChange] {
        func changes<Settings>(
            _ section: String, _ keys: [SettingKey<Settings>], _ old: Settings, _ new: Settings
        ) -> [ConfigurationChange] {
            keys.filter { !$0.isSame(old, new) }.map {
                ConfigurationChange(key: $0.name, section: section, needsRestart: $0.needsRestart)
            }
        }
        let (old, defaults) = (engine.processDefaults, new.engine.processDefaults)
        let names = Set(engine.processes.keys).union(new.engine.processes.keys).sorted { $0.rawValue < $1.rawValue }
        return changes("database", DatabaseSettings.keys, database, new.database)
            + changes("monitor", Self.monitorKeys, self, new)
            + changes("logging", LoggingSettings.keys, logging, new.logging)
            + changes("process.default", ProcessSettings.keys, old, defaults)
            + names.flatMap { name in
                let (before, after) = (engine.settings(for: name), new.engine.settings(for: name))
                let keys = ProcessSettings.keys.filter { !($0.isSame(before, old) && $0.isSame(after, defaults)) }
                return changes("process.\(name)", keys, before, after)
            }
            + Set(checkSections.keys).union(new.checkSections.keys).sorted { $0.rawValue < $1.rawValue }.flatMap {
                changes(
                    "check.\($0)", CheckSection.keys, checkSections[$0] ?? CheckSection(),
                    new.checkSections[$0] ?? CheckSection())
            }
    }
}
