internal import MonitorCore

/// A launch record that can't be read.
package struct LaunchRecordError: Error, Equatable, CustomStringConvertible {
    package var description: String
    init(_ description: String) { self.description = description }
}

/// The file form of a launch: a line for the version, then a line for each part, `KEY LENGTH:BYTES`, then `end`.
///
/// The length makes it exact for any byte, newlines among them; the last line tells a whole file from a torn one.
extension LaunchSpec {
    private enum Key: String {
        case executable, argument, variable, directory, uid, gid, group
        // Since version 2; the first one says that there are any.
        case umask, nice, scheduling, memory, bounds, limit, output
        case noNewPrivileges = "no-new-privileges"
        case ioPriority = "io-priority"
        case cpus
        case errorOutput = "error-output"
        /// There is no environment of its own; the one that commands get is meant.
        case cleanEnvironment = "clean-environment"
    }

    private static let header = "monitor-launch 2\n"
    /// Without attributes: what they were is not known.
    private static let firstHeader = "monitor-launch 1\n"
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
        if let attributes {
            add(.umask, "\(attributes.umask)".utf8)
            add(.nice, "\(attributes.nice)".utf8)
            add(.scheduling, "\(attributes.schedulingPolicy) \(attributes.schedulingPriority)".utf8)
            if attributes.ioPriority != 0 { add(.ioPriority, "\(attributes.ioPriority)".utf8) }
            if let cpus = attributes.cpus { add(.cpus, cpus.map { "\($0)" }.joined(separator: " ").utf8) }
            add(.memory, "\(attributes.outOfMemoryAdjustment)".utf8)
            if attributes.hasNoNewPrivileges { add(.noNewPrivileges, []) }
            add(.bounds, "\(attributes.capabilityBounds)".utf8)
            for limit in attributes.limits { add(.limit, "\(limit.resource) \(limit.soft) \(limit.hard)".utf8) }
            if let output = attributes.output { add(.output, output.utf8) }
            if let output = attributes.errorOutput { add(.errorOutput, output.utf8) }
        }
        return record + Self.footer.utf8
    }

    /// Parses stored bytes, of which nothing is taken on trust.
    package init(encoded record: [UInt8]) throws(LaunchRecordError) {
        guard record.starts(with: Self.header.utf8) || record.starts(with: Self.firstHeader.utf8) else {
            throw LaunchRecordError("its version is unknown")
        }
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
        var attributes: Attributes?

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
            case .umask: attributes = Attributes(umask: try number(value))
            case .nice:
                let nice: Int32 = try numbers(value, 1)[0]
                attributes?.nice = nice
            case .scheduling:
                let numbers: [Int32] = try numbers(value, 2)
                attributes?.schedulingPolicy = numbers[0]
                attributes?.schedulingPriority = numbers[1]
            case .ioPriority:
                let priority: Int32 = try numbers(value, 1)[0]
                attributes?.ioPriority = priority
            case .cpus:
                let count = value.count { $0 == UInt8(ascii: " ") } + 1
                let cpus: [UInt8] = try numbers(value, count)
                attributes?.cpus = cpus
            case .memory:
                let adjustment: Int32 = try numbers(value, 1)[0]
                attributes?.outOfMemoryAdjustment = adjustment
            case .noNewPrivileges: attributes?.hasNoNewPrivileges = true
            case .bounds:
                let bounds: UInt64 = try numbers(value, 1)[0]
                attributes?.capabilityBounds = bounds
            case .limit:
                let numbers: [UInt64] = try numbers(value, 3)
                guard let resource = Int32(exactly: numbers[0]) else {
                    throw LaunchRecordError("a number in it is none")
                }
                attributes?.limits.append(.init(resource: resource, soft: numbers[1], hard: numbers[2]))
            case .output:
                let output = try path(value)
                attributes?.output = output
            case .errorOutput:
                let output = try path(value)
                attributes?.errorOutput = output
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
                credentials: credentials, attributes: attributes)
        }

        private func path(_ value: ArraySlice<UInt8>) throws(LaunchRecordError) -> String {
            guard let path = String(validating: value, as: UTF8.self), path.isAbsolutePath else {
                throw LaunchRecordError("a path in it is not absolute")
            }
            return path
        }

        private func numbers<Number: FixedWidthInteger>(
            _ value: ArraySlice<UInt8>, _ count: Int
        ) throws(LaunchRecordError) -> [Number] {
            let words = value.split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false)
            let numbers = words.compactMap { Number(String(decoding: $0, as: UTF8.self)) }
            guard words.count == count, numbers.count == count else {
                throw LaunchRecordError("a number in it is none")
            }
            return numbers
        }

        private func number(_ value: ArraySlice<UInt8>) throws(LaunchRecordError) -> UInt32 {
            guard let number = UInt32(decimal: value) else { throw LaunchRecordError("an id in it is no number") }
            return number
        }
    }
}
