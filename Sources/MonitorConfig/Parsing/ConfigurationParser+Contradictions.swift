internal import MonitorCore

extension ConfigurationParser {
    /// Reports what is right by itself and wrong, or strange, beside the rest of its section.
    mutating func checkContradictions(of given: GivenSection) {
        switch given.kind {
        case .database: checkDatabase(given)
        case .monitor: checkMonitor(given)
        case .logging: break
        case .processDefault:
            checkKeysOfOneProcess(given)
            checkCommands(of: given)
        case .process: checkCommands(of: given)
        }
    }

    private mutating func checkMonitor(_ given: GivenSection) {
        let settings = configuration.engine
        if let line = given.lines["circuit_reset_max"], let limit = settings.circuitResetMax,
            limit < settings.circuitResetTime
        {
            report(line, "'circuit_reset_max' is less than 'circuit_reset_time', \(settings.circuitResetTime.written)")
        }
    }

    private mutating func checkKeysOfOneProcess(_ given: GivenSection) {
        for key in ProcessSettings.keysOfOneProcess.sorted() {
            guard let line = given.lines[key] else { continue }
            report(line, "'\(key)' in [process.default] would be that of every process: give it in [process.NAME]")
        }
    }

    /// Warns of commands in quotes: whoever comes from other INI files expects them to go.
    private mutating func checkCommands(of given: GivenSection) {
        for entry in given.section.entries where entry.key.hasSuffix("_command") {
            guard let inner = entry.value.wrapped, inner.contains(" ") else { continue }
            warn(entry.line, "the quotes around all of '\(entry.key)' make the shell look for one program of that name")
        }
    }
}
