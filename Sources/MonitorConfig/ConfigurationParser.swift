internal import MonitorCore

/// Turns an INI text into a ``Configuration``, and collects everything that is wrong with it on the way.
struct ConfigurationParser {
    let path: String
    var configuration = Configuration()
    private(set) var problems: [ConfigurationProblem] = []
    private(set) var warnings: [ConfigurationProblem] = []
    /// The keys that have a value in the text, each with its section: `[monitor] check_interval`.
    private(set) var writtenKeys: Set<String> = []

    /// A section that is there.
    struct GivenSection {
        let section: INIDocument.Section
        let kind: SectionKind
        /// The lines of the keys that have a value, a wrong one too; filled as the section is read.
        fileprivate(set) var lines: [String: Int] = [:]
    }

    init(path: String) {
        self.path = path
        configuration.path = path
    }

    /// Parses a text, and checks that what it says fits together.
    mutating func parse(_ bytes: [UInt8]) {
        let document = INIDocument(reading: bytes)
        for problem in document.problems { report(problem.line, problem.text) }
        var sections = recognized(document.sections)
        for index in sections.indices { apply(&sections[index]) }
        // Processes last, whatever the order of the file: their sections begin with what [process.default] says.
        for index in sections.indices { applyProcess(&sections[index]) }
        for given in sections { checkContradictions(of: given) }
        writtenKeys = Set(sections.flatMap { given in given.lines.keys.map { "[\(given.section.name)] \($0)" } })
        problems.sort { ($0.place?.line ?? 0) < ($1.place?.line ?? 0) }
        warnings.sort { ($0.place?.line ?? 0) < ($1.place?.line ?? 0) }
    }

    mutating func report(_ line: Int, _ text: String) {
        problems.append(ConfigurationProblem(place: .init(path: path, line: line), text: text))
    }

    mutating func warn(_ line: Int, _ text: String) {
        warnings.append(ConfigurationProblem(place: .init(path: path, line: line), text: text))
    }

    /// The sections that exist; unknown ones and duplicates are reported.
    private mutating func recognized(_ sections: [INIDocument.Section]) -> [GivenSection] {
        var firstLines: [SectionKind: Int] = [:]
        var given: [GivenSection] = []
        for section in sections {
            do {
                let kind = try SectionKind(section.name)
                if let first = firstLines[kind] {
                    report(section.line, "section [\(section.name)] is there twice, first on line \(first)")
                }
                firstLines[kind] = firstLines[kind] ?? section.line
                given.append(GivenSection(section: section, kind: kind))
            } catch {
                report(section.line, error.reason)
            }
        }
        return given
    }

    private mutating func apply(_ given: inout GivenSection) {
        switch given.kind {
        case .database: configuration.database = read(&given, DatabaseSettings.keys, over: configuration.database)
        case .monitor: configuration = read(&given, Configuration.monitorKeys, over: configuration)
        case .logging: configuration.logging = read(&given, LoggingSettings.keys, over: configuration.logging)
        case .processDefault:
            configuration.engine.processDefaults = read(
                &given, ProcessSettings.keys, over: configuration.engine.processDefaults)
        case .process: break
        }
    }

    private mutating func applyProcess(_ given: inout GivenSection) {
        guard case .process(let name) = given.kind else { return }
        configuration.engine.processes[name] = read(
            &given, ProcessSettings.keys, over: configuration.engine.settings(for: name))
    }

    /// The settings with what a section says put over them.
    private mutating func read<Settings>(
        _ given: inout GivenSection, _ keys: [SettingKey<Settings>], over settings: Settings
    ) -> Settings {
        var settings = settings
        var firstLines: [String: Int] = [:]
        for entry in given.section.entries {
            guard let key = keys.first(where: { $0.name == entry.key }) else {
                report(entry.line, unknownKey(entry.key, in: given.section.name, known: keys.map(\.name)))
                continue
            }
            if let first = firstLines[key.name] {
                report(entry.line, "'\(key.name)' is there twice in [\(given.section.name)], first on line \(first)")
            }
            firstLines[key.name] = firstLines[key.name] ?? entry.line
            let text = entry.value[keyPath: key.reading]
            if !text.isEmpty { given.lines[key.name] = entry.line }
            do {
                try key.apply(text, &settings)
            } catch {
                report(entry.line, "\(key.name): \(error.reason)")
            }
        }
        return settings
    }

    private func unknownKey(_ key: String, in section: String, known: [String]) -> String {
        let remedy =
            key.nearest(among: known).map { "did you mean '\($0)'?" } ?? "its keys are \(known.joined(separator: ", "))"
        return "unknown key '\(key.escapedForDisplay(limit: 60))' in [\(section)]; \(remedy)"
    }
}

// MARK: - Contradictions

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

    /// Warns of commands in quotes: users of other INI files expect them to go.
    private mutating func checkCommands(of given: GivenSection) {
        for entry in given.section.entries where entry.key.hasSuffix("_command") {
            guard let inner = entry.value.wrapped, inner.contains(" ") else { continue }
            warn(entry.line, "the quotes around all of '\(entry.key)' make the shell look for one program of that name")
        }
    }
}

extension ConfigurationParser {
    /// Checks `[database]`, and decides the backend where it is not given.
    mutating func checkDatabase(_ given: GivenSection) {
        settleBackend(given)
        let settings = configuration.database
        if let line = given.lines["password_file"], given.lines["password"] != nil {
            report(line, "'password' and 'password_file' are both given: leave one of them out")
        }
        checkPair("tls_cert", "tls_key", in: given)
        checkPair("tls_key", "tls_cert", in: given)
        if let line = given.lines["user"], settings.user == "root" {
            warn(line, "'user = root' may do anything to the server; a user with few grants is enough")
        }
        if let line = given.lines["tls"], settings.tls == .disabled,
            let host = settings.hosts.first(where: isRemote)
        {
            warn(line, "'tls = disabled': what is said to '\(host)' can be read on the way")
        }
    }

    /// Takes MariaDB where a server is named and SQLite elsewhere, and reports keys that then make no sense.
    private mutating func settleBackend(_ given: GivenSection) {
        let namesServer = given.lines["host"] != nil || given.lines["socket"] != nil
        let backendLine = given.lines["backend"]
        if backendLine == nil, namesServer { configuration.database.backend = .mariadb }
        let backend = configuration.database.backend
        if let backendLine, backend == .mariadb, !namesServer {
            report(backendLine, "'backend = mariadb' needs 'host' or 'socket'")
        }
        // Without a word on the backend, keys of a server tell that one was meant; the first of them is told.
        let isServerMissing = backendLine == nil && backend == .sqlite
        for (key, line) in linesOfUnusedKeys(given, backend: backend) {
            if isServerMissing {
                report(line, "'\(key)' needs 'host' or 'socket'; where there is no server, say 'backend = sqlite'")
                return
            }
            warn(line, "'\(key)' is not used with 'backend = \(backend.rawValue)'")
        }
    }

    /// The given keys that mean something to the other backend only, in the order of the file.
    private func linesOfUnusedKeys(
        _ given: GivenSection, backend: DatabaseSettings.Backend
    ) -> [(key: String, line: Int)] {
        let unused = DatabaseSettings.keysOfOneBackend.filter { $0.key != backend }.values.joined()
        return unused.compactMap { key in given.lines[key].map { (key, $0) } }.sorted { $0.line < $1.line }
    }

    private mutating func checkPair(_ key: String, _ partner: String, in given: GivenSection) {
        guard let line = given.lines[key], given.lines[partner] == nil else { return }
        report(line, "'\(key)' needs '\(partner)' beside it")
    }

    private func isRemote(_ host: String) -> Bool {
        !(host == "localhost" || host == "::1" || host.hasPrefix("127."))
    }
}
