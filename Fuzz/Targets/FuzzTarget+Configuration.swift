import MonitorConfig
import MonitorCore

extension FuzzTarget {
    /// The whole configuration: sections, keys, values and their contradictions.
    static let configuration = FuzzTarget(name: "configuration") { (bytes) throws(BrokenInvariant) in
        let lines = 1...(bytes.count { $0 == UInt8(ascii: "\n") } + 1)
        let outcome = parse(bytes)
        try check(outcome.problems, lines)
        switch outcome {
        case .failure: try demand(!outcome.problems.isEmpty, "a refusal tells why")
        case .success(let loaded):
            try check(loaded.configuration.engine)
            let host = loaded.configuration.host ?? ""
            try demand(host.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F }, "host")
            try check(loaded.configuration.database)
            for (name, settings) in loaded.configuration.engine.processes { try check(settings, of: name) }
        }
        try checkComments(bytes, outcome)
        try checkSecrecy(bytes)
    }

    private typealias Outcome = Result<LoadedConfiguration, ConfigurationError>

    private static func parse(_ bytes: [UInt8]) -> Outcome {
        do throws(ConfigurationError) {
            return .success(try LoadedConfiguration(parsing: bytes, path: "f"))
        } catch {
            return .failure(error)
        }
    }

    private static func check(
        _ problems: [ConfigurationProblem], _ lines: ClosedRange<Int>
    ) throws(BrokenInvariant) {
        var last = 0
        for problem in problems {
            guard let line = problem.place?.line else { throw BrokenInvariant("'\(problem)' has no line") }
            try demand(lines.contains(line) && line >= last, "problem of line \(line) after \(last), of \(lines)")
            try demandReadable(problem.description)
            last = line
        }
    }

    private static func check(_ settings: EngineSettings) throws(BrokenInvariant) {
        try demand(settings.checkInterval >= .milliseconds(100), "check_interval is \(settings.checkInterval)")
        try demand((1...256).contains(settings.maxConcurrentRestarts), "max_concurrent_restarts")
        try demand((1...1000).contains(settings.maxRestartFailures), "max_restart_failures")
        try demand((1...100).contains(settings.circuitResetFactor), "circuit_reset_factor")
        try demand((0...1).contains(settings.circuitResetJitter), "circuit_reset_jitter")
        try demand((settings.circuitResetMax ?? .seconds(86400)) > .zero, "circuit_reset_max")
    }

    private static func check(_ settings: DatabaseSettings) throws(BrokenInvariant) {
        for host in settings.hosts {
            try demand(host.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: ",") }, "host '\(host)'")
            try demand(!host.hasPrefix("-"), "host '\(host)' is no option")
        }
        for path in [settings.path, settings.tlsCA, settings.tlsKey].compactMap(\.self) {
            try demand(path.utf8.first == UInt8(ascii: "/"), "path '\(path)' is absolute")
        }
        try demand(settings.port > 0, "port 0")
    }

    private static func check(_ settings: ProcessSettings, of name: ProcessName) throws(BrokenInvariant) {
        try demand((1...).contains(settings.maxAttempts), "max_attempts of \(name)")
        try demand(settings.healthCheckTimeout > .zero && settings.stopTimeout >= .zero, "timeouts of \(name)")
        let commands = [settings.preRestartCommand, settings.startCommand, settings.stopCommand].compactMap(\.self)
        for command in commands + [settings.healthCheckCommand] {
            let line = command.rendered(for: name)
            try demand(line.utf8.allSatisfy { $0 >= 0x20 || $0 == UInt8(ascii: "\t") }, "one line: '\(line)'")
        }
    }

    /// A comment before everything changes the numbers of lines, and nothing else.
    private static func checkComments(_ bytes: [UInt8], _ outcome: Outcome) throws(BrokenInvariant) {
        guard bytes.first != 0xEF else { return }
        let moved = parse(Array("; =[\n".utf8) + bytes)
        try demand(
            moved.problems.map { $0.place?.line } == outcome.problems.map { $0.place.map { $0.line + 1 } },
            "a comment moves problems by a line")
        if case .success(let loaded) = outcome {
            try demand(
                (try? moved.get())?.configuration == loaded.configuration, "a comment changes nothing")
        }
    }

    /// No message holds the password, whatever stands before it.
    private static func checkSecrecy(_ bytes: [UInt8]) throws(BrokenInvariant) {
        let secret = "Zq7-secret-9xW"
        let outcome = parse(bytes + "\n[database]\nhost = a\npassword = \(secret)\n".utf8)
        for problem in outcome.problems {
            try demand(!problem.description.contains(secret), "'\(problem)' shows the password")
        }
        if case .success(let loaded) = outcome {
            try demand(!"\(loaded)".contains(secret), "a configuration that is printed shows the password")
        }
    }
}

extension Result<LoadedConfiguration, ConfigurationError> {
    /// What a person is told.
    fileprivate var problems: [ConfigurationProblem] {
        switch self {
        case .success(let loaded): loaded.warnings
        case .failure(let error): error.problems
        }
    }
}
