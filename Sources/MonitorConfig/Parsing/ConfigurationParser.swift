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
