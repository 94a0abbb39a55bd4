import MonitorSystemd

extension FuzzTarget {
    /// The file by which systemd gets the environment of what it starts: variables, divided by NUL.
    ///
    /// A value must not end its own quotes, and so become a variable that nobody gave.
    static let environmentFile = FuzzTarget(name: "environment-file") { (bytes) throws(BrokenInvariant) in
        let variables = bytes.parts(dividedBy: 0)
        let file = EnvironmentFile.render(variables)
        guard let read = variablesRead(from: file) else { throw BrokenInvariant("'\(file.decoded)' is well-formed") }
        var given = variables[...]
        for variable in read {
            // In order, and each as it was given.
            while let next = given.first, next != variable { given.removeFirst() }
            try demand(!given.isEmpty, "'\(variable.decoded)' was given")
            given.removeFirst()
        }
    }

    /// What systemd makes of a file: `NAME="value"` a line, in which a backslash keeps the next byte
    /// (`systemd.exec(5)`); nil for anything else.
    private static func variablesRead(from file: [UInt8]) -> [[UInt8]]? {
        var variables: [[UInt8]] = []
        var rest = file[...]
        while !rest.isEmpty {
            guard let equals = rest.firstIndex(of: UInt8(ascii: "=")) else { return nil }
            var variable = Array(rest[...equals])
            rest = rest[(equals + 1)...]
            guard rest.popFirst() == UInt8(ascii: "\"") else { return nil }
            while let byte = rest.popFirst(), byte != UInt8(ascii: "\"") {
                guard let plain = byte == UInt8(ascii: "\\") ? rest.popFirst() : byte else { return nil }
                variable.append(plain)
            }
            guard rest.popFirst() == UInt8(ascii: "\n") else { return nil }
            variables.append(variable)
        }
        return variables
    }
}
