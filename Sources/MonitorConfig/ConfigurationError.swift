internal import MonitorCore

/// Why a configuration can't be used: everything that is wrong with it, at once.
public struct ConfigurationError: Error, Sendable, Equatable, CustomStringConvertible {
    /// At least one, in the order of the file.
    public let problems: [ConfigurationProblem]

    init(_ problems: [ConfigurationProblem]) { self.problems = problems }

    init(_ text: String) { problems = [ConfigurationProblem(place: nil, text: text)] }

    /// A problem a line.
    public var description: String { problems.map(\.description).joined(separator: "\n") }
}

/// One thing that is wrong with a configuration, or that a warning says of it. It holds no password.
public struct ConfigurationProblem: Sendable, Equatable, CustomStringConvertible {
    /// A line of a file; the first is 1.
    public struct Place: Sendable, Equatable, CustomStringConvertible {
        public let path: String
        public let line: Int
        public var description: String { "\(path):\(line)" }
    }

    /// Where; nil when it is of no single line, and the text names the file.
    public let place: Place?
    /// What, for a person, on one line.
    public let text: String

    /// `FILE:LINE: text`, as editors and compilers know it.
    public var description: String { place.map { "\($0): \(text)" } ?? text }
}
