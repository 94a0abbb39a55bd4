internal import Glibc
internal import MonitorCore
internal import MonitorLinux

/// What the monitored processes need of this host: their units, and the programs of their commands.
///
/// Only the file system is asked: nothing is run, started or changed. What is not certain is not said.
struct HostRequirements {
    var settings: EngineSettings
    /// Where unit files are (systemd.unit(5)), the first of a name counting; nil on a host without systemd.
    var unitDirectories: [String]?
    /// Where a shell looks for programs.
    var programDirectories: [String]

    init(
        _ settings: EngineSettings,
        unitDirectories: [String]? = HostFindings.hasSystemd ? Self.systemUnitDirectories : nil,
        programDirectories: [String] = CommandEnvironment.path.split(separator: ":").map(String.init)
    ) {
        self.settings = settings
        self.unitDirectories = unitDirectories
        self.programDirectories = programDirectories
    }

    /// For each process that may be restarted here, what is missing.
    func findings(for processes: [ProcessStatus]) -> [Finding] {
        let names = processes.compactMap { try? ProcessName($0.name) }.filter { settings.objection(to: $0) == nil }
        return ProcessFindings.listed(names.compactMap(unitFinding)) + ProcessFindings.listed(names.flatMap(programs))
    }

    // MARK: - Units

    private enum UnitFile { case present, masked, missing }

    private static let systemUnitDirectories = [
        "/etc/systemd/system.control", "/run/systemd/system.control", "/run/systemd/transient",
        "/run/systemd/generator.early", "/etc/systemd/system", "/etc/systemd/system.attached", "/run/systemd/system",
        "/run/systemd/system.attached", "/run/systemd/generator", "/usr/local/lib/systemd/system",
        "/usr/lib/systemd/system", "/lib/systemd/system", "/run/systemd/generator.late",
    ]

    private func unitFinding(_ name: ProcessName) -> Finding? {
        let settings = settings.settings(for: name)
        guard let unitDirectories, settings.strategy != .process else { return nil }
        let unit = settings.unit ?? UnitName(process: name)
        switch Self.file(of: unit.rawValue, in: unitDirectories) {
        case .present: return nil
        case .masked:
            return Finding(
                .warning, "processes", "'\(name)': its unit \(unit) is masked: it is never restarted",
                remedy: "systemctl unmask \(unit)")
        case .missing:
            if settings.strategy == .auto, settings.startCommand != nil { return nil }
            let otherwise =
                settings.strategy == .service
                ? "" : ", and it has no start_command: once it has gone, it can't be started"
            return Finding(
                .warning, "processes", "'\(name)': there is no unit \(unit) on this host\(otherwise)",
                remedy: "[process.\(name)] unit = …, or restart_strategy = process with start_command")
        }
    }

    /// Finds a unit's file, or that of its template; one that leads to /dev/null, or is empty, masks the unit.
    private static func file(of unit: String, in directories: [String]) -> UnitFile {
        var names = [unit]
        if let at = unit.firstIndex(of: "@"), let dot = unit.lastIndex(of: "."), at < dot {
            names.append("\(unit[...at])\(unit[dot...])")
        }
        for name in names {
            for directory in directories {
                var status = stat()
                guard stat("\(directory)/\(name)", &status) == 0 else { continue }
                return status.st_mode & S_IFMT == S_IFCHR || status.st_size == 0 ? .masked : .present
            }
        }
        return .missing
    }

    // MARK: - Programs

    private func programs(_ name: ProcessName) -> [Finding] {
        let settings = settings.settings(for: name)
        let check = settings.healthCheckCommand
        let commands: [(key: String, command: CommandTemplate?)] = [
            ("health_check_command", NativeCheck(check.rendered(for: name)) == .command ? check : nil),
            ("start_command", settings.startCommand), ("stop_command", settings.stopCommand),
            ("pre_restart_command", settings.preRestartCommand),
        ]
        return commands.compactMap { key, command in
            guard let problem = command.flatMap({ problem(with: $0.rendered(for: name)) }) else { return nil }
            return Finding(
                .warning, "processes", "'\(name)': \(key): \(problem)", remedy: "[process.\(name)] \(key) = …")
        }
    }

    /// Why a shell could not run the first program of a command line; nil where it could, or where that is not known.
    func problem(with command: String) -> String? {
        var words = command.split(whereSeparator: \.isWhitespace)
        while let word = words.first, word == "exec" || Self.isAssignment(word) { words.removeFirst() }
        guard let program = words.first.map(String.init), !Self.shellWords.contains(program),
            program.utf8.allSatisfy({ Self.isPlain($0) })
        else { return nil }
        if program.contains("/") {
            // A relative path is one of the directory that the command is run in.
            return program.isAbsolutePath ? Self.problem(withProgram: program) : nil
        }
        let places = programDirectories.map { "\($0)/\(program)" }
        return places.contains { access($0, F_OK) == 0 || errno != ENOENT && errno != ENOTDIR }
            ? nil : "there is no program '\(program)' in \(programDirectories.joined(separator: ":"))"
    }

    private static func problem(withProgram path: String) -> String? {
        var status = stat()
        guard stat(path, &status) == 0 else {
            return errno == ENOENT || errno == ENOTDIR ? "there is no file '\(path)'" : nil
        }
        if status.st_mode & S_IFMT == S_IFDIR { return "'\(path)' is a directory" }
        return status.st_mode & 0o111 == 0 ? "'\(path)' is not executable; chmod +x mends it" : nil
    }

    private static func isAssignment(_ word: Substring) -> Bool {
        guard let equals = word.firstIndex(of: "="), let first = word.first, first.isLetter || first == "_" else {
            return false
        }
        return word[..<equals].allSatisfy { $0.isLetter || $0.isNumber || $0 == "_" }
    }

    /// What no shell interprets.
    private static func isPlain(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: "_./@:+-,%".utf8.contains(byte)
        }
    }

    /// The words of POSIX's shell, and its commands that are no programs everywhere.
    private static let shellWords: Set = [
        ":", ".", "alias", "bg", "break", "case", "cd", "command", "continue", "do", "echo", "eval", "exit", "export",
        "false", "fg", "for", "getopts", "hash", "if", "jobs", "kill", "printf", "pwd", "read", "readonly", "return",
        "set", "shift", "test", "times", "trap", "true", "type", "ulimit", "umask", "unset", "until", "wait", "while",
    ]
}
