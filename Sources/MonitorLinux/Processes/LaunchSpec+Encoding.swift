internal import MonitorCore

/// A launch record that can't be read.
struct LaunchRecordError: Error, Equatable, CustomStringConvertible {
    var description: String
    init(_ description: String) { self.description = description }
}

/// The file form of a launch: a line for the version, then a line for each part, `KEY LENGTH:BYTES`, then `end`.
///
/// The length makes it exact for any byte, newlines among them; the last line tells a whole file from a torn one.
extension LaunchSpec {
    private enum Key: String {
        case executable, argument, variable, directory, uid, gid, group
        /// There is no environment of its own; the one that commands get is meant.
        case cleanEnvironment = "clean-environment"
    }

    private static let header = "monitor-launch 1\n"
    private static let footer = "end\n"

    /// The bytes to store.
    package var encoded: [UInt8] {
        var record = Array(Self.header.utf8)
        func add(_ key: Key, _ value: some Collection<UInt8>) {
            record += "\(key.rawValue) \(value.count):".utf8
            record += value
            record.append(UInt8(ascii: "\n"))
        }
        add(.executable, executable.utf8)
        for argument in arguments { add(.argument, argument) }
        if let environment {
            for variable in environment { add(.variable, variable) }
        } else {
            add(.cleanEnvironment, [])
        }
        if let workingDirectory { add(.directory, workingDirectory.utf8) }
        if let credentials {
            add(.uid, "\(credentials.uid)".utf8)
            add(.gid, "\(credentials.gid)".utf8)
            for group in credentials.groups { add(.group, "\(group)".utf8) }
        }
        return record + Self.footer.utf8
    }

    /// Parses stored bytes, of which nothing is taken on trust.
    init(encoded record: [UInt8]) throws(LaunchRecordError) {
        guard record.starts(with: Self.header.utf8) else { throw LaunchRecordError("its version is unknown") }
        var rest = record.dropFirst(Self.header.utf8.count)
        var parts = Parts()
        while !rest.elementsEqual(Self.footer.utf8) {
            guard let colon = rest.firstIndex(of: UInt8(ascii: ":")),
                let blank = rest[..<colon].firstIndex(of: UInt8(ascii: " ")),
                let key = Key(rawValue: String(decoding: rest[..<blank], as: UTF8.self)),
                let length = Int(decimal: rest[(blank + 1)..<colon]), length < rest.endIndex - colon - 1,
                rest[colon + 1 + length] == UInt8(ascii: "\n")
            else { throw LaunchRecordError("it is torn or was changed") }
            try parts.take(key, rest[(colon + 1)..<(colon + 1 + length)])
            rest = rest[(colon + 2 + length)...]
        }
        self = try parts.launch()
    }

    /// What was read so far.
    private struct Parts {
        var executable: String?
        var arguments: [[UInt8]] = []
        var environment: [[UInt8]]? = []
        var directory: String?
        var uid: UInt32?
        var gid: UInt32?
        var groups: [UInt32] = []

        mutating func take(_ key: Key, _ value: ArraySlice<UInt8>) throws(LaunchRecordError) {
            guard !value.contains(0) else { throw LaunchRecordError("it holds a NUL byte") }
            switch key {
            case .executable: executable = try path(value)
            case .argument: arguments.append(Array(value))
            case .variable: environment?.append(Array(value))
            case .cleanEnvironment: environment = nil
            case .directory: directory = try path(value)
            case .uid: uid = try number(value)
            case .gid: gid = try number(value)
            case .group: groups.append(try number(value))
            }
        }

        func launch() throws(LaunchRecordError) -> LaunchSpec {
            guard let executable else { throw LaunchRecordError("it names no program") }
            guard !arguments.isEmpty else { throw LaunchRecordError("it holds no arguments") }
            var credentials: Credentials?
            switch (uid, gid) {
            case (let uid?, let gid?): credentials = Credentials(uid: uid, gid: gid, groups: groups)
            case (nil, nil) where groups.isEmpty: break
            default: throw LaunchRecordError("it names only a part of a user's ids")
            }
            return LaunchSpec(
                executable: executable, arguments: arguments, environment: environment, workingDirectory: directory,
                credentials: credentials)
        }

        private func path(_ value: ArraySlice<UInt8>) throws(LaunchRecordError) -> String {
            guard let path = String(validating: value, as: UTF8.self), path.isAbsolutePath else {
                throw LaunchRecordError("a path in it is not absolute")
            }
            return path
        }

        private func number(_ value: ArraySlice<UInt8>) throws(LaunchRecordError) -> UInt32 {
            guard let number = UInt32(decimal: value) else { throw LaunchRecordError("an id in it is no number") }
            return number
        }
    }
}
