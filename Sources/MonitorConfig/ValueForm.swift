internal import MonitorCore

/// What the values of a kind look like: numbers, durations, words, lists, texts, commands.
struct ValueForm<Value>: Sendable {
    /// How much of the line belongs to the value (``INIValue``).
    let reading: any KeyPath<INIValue, String> & Sendable
    /// Reads the text, which is not empty, or says what was expected.
    let parse: @Sendable (String) throws(InvalidValue) -> Value

    init(
        _ reading: any KeyPath<INIValue, String> & Sendable,
        parse: @escaping @Sendable (String) throws(InvalidValue) -> Value
    ) {
        self.reading = reading
        self.parse = parse
    }
}

// MARK: - Numbers and durations

extension ValueForm<Int> {
    static func whole(_ range: ClosedRange<Int>) -> Self {
        Self(\.word) { (text) throws(InvalidValue) in
            guard let number = Int(text), range.contains(number) else {
                throw InvalidValue(text, "is not a whole number from \(range.lowerBound) to \(range.upperBound)")
            }
            return number
        }
    }
}

extension ValueForm<UInt16> {
    static var port: Self {
        Self(\.word) { (text) throws(InvalidValue) in
            guard let port = UInt16(text), port > 0 else {
                throw InvalidValue(text, "is not a port from 1 to \(UInt16.max)")
            }
            return port
        }
    }
}

extension ValueForm<Double> {
    static func number(_ range: ClosedRange<Int>) -> Self {
        Self(\.word) { (text) throws(InvalidValue) in
            // `Double` reads much that does not belong into a configuration: nan, inf, 0x1p3.
            guard text.allSatisfy({ $0 == "." || $0.isASCIIDigit }), let number = Double(text),
                (Double(range.lowerBound)...Double(range.upperBound)).contains(number)
            else {
                throw InvalidValue(text, "is not a number from \(range.lowerBound) to \(range.upperBound)")
            }
            return number
        }
    }
}

extension ValueForm<Duration> {
    static func duration(_ range: ClosedRange<Duration>) -> Self {
        Self(\.word) { (text) throws(InvalidValue) in
            let duration: Duration
            do { duration = try Duration(parsing: text) } catch { throw InvalidValue("\(error)") }
            guard range.contains(duration) else {
                let limits = "\(range.lowerBound.written) to \(range.upperBound.written)"
                throw InvalidValue(text, "is out of range, which is \(limits)")
            }
            return duration
        }
    }
}

// MARK: - Words

extension ValueForm where Value: RawRepresentable<String> & CaseIterable & Sendable {
    /// One word of a list.
    static var choice: Self {
        let words = Value.allCases.map(\.rawValue).joined(separator: ", ")
        return Self(\.word) { (text) throws(InvalidValue) in
            guard let choice = Value(rawValue: text) else {
                throw InvalidValue(text, "is none of: \(words)")
            }
            return choice
        }
    }
}

extension ValueForm<UnitName> {
    static var unit: Self {
        Self(\.word) { (text) throws(InvalidValue) in
            do { return try UnitName(configured: text) } catch { throw InvalidValue("\(error)") }
        }
    }
}

// MARK: - Texts

extension ValueForm<String> {
    /// A name that has its meaning elsewhere: a user, a database.
    static var name: Self { Self(\.word) { $0 } }

    /// Any text, with comment characters and all.
    static var text: Self { Self(\.unquoted) { $0 } }

    /// A path from the root: a relative one would depend on the working directory of the daemon.
    static var path: Self {
        Self(\.word) { (text) throws(InvalidValue) in
            guard text.isAbsolutePath else { throw InvalidValue(text, "is not a path that begins with '/'") }
            return text
        }
    }

    /// The name of this host in the monitor's tables.
    static var hostLabel: Self {
        Self(\.word) { (text) throws(InvalidValue) in
            let isAllowed = text.allSatisfy { $0.isASCIILetter || $0.isASCIIDigit || "._-".contains($0) }
            guard isAllowed, text.utf8.count <= 64 else {
                throw InvalidValue(text, "is not a host's name: at most 64 of A-Z a-z 0-9 . _ -")
            }
            return text
        }
    }
}

extension ValueForm<Secret> {
    static var secret: Self { Self(\.unquoted) { Secret($0) } }
}

extension ValueForm<CommandTemplate> {
    /// A command for the shell, whose quotes and comments are the shell's.
    static var command: Self {
        Self(\.verbatim) { (text) throws(InvalidValue) in
            do { return try CommandTemplate(text) } catch { throw InvalidValue("\(error)") }
        }
    }
}

// MARK: - Lists

extension ValueForm<[String]> {
    /// Hosts to connect to, separated by commas or blanks: names, IPv4 or IPv6 addresses, with a port or without, as
    /// `db1:3307` and `[::1]:3307`.
    static var hosts: Self {
        list { (entry) throws(InvalidValue) in
            var host = Substring(entry)
            let isBracketed = host.hasPrefix("[") && !host.hasSuffix("]")
            if isBracketed || host.count(where: { $0 == ":" }) == 1, let colon = host.lastIndex(of: ":") {
                guard let port = UInt16(host[colon...].dropFirst()), port > 0 else {
                    throw InvalidValue(entry, "has no port from 1 to 65535 behind its colon")
                }
                host = host[..<colon]
            }
            if isBracketed {
                guard host.hasSuffix("]"), host.contains(":") else {
                    throw InvalidValue(entry, "is no IPv6 address with a port, as [::1]:3306 is")
                }
                host = host.dropFirst().dropLast()
            }
            let colons = host.count { $0 == ":" }
            let isAddress = colons > 1 && host.allSatisfy { $0.isHexDigit && $0.isASCII || ":.%".contains($0) }
            let isName = host.allSatisfy { $0.isASCIILetter || $0.isASCIIDigit || "._-".contains($0) }
            guard isAddress || isName, !host.isEmpty, !host.hasPrefix("-") else {
                throw InvalidValue(entry, "is neither a host's name nor an IP address")
            }
        }
    }

    /// Patterns of process names, separated by commas or blanks.
    static var patterns: Self {
        list { (pattern) throws(InvalidValue) in
            let isAllowed = pattern.allSatisfy {
                $0.isASCIILetter || $0.isASCIIDigit || "_.@:+-*?".contains($0)
            }
            guard isAllowed else {
                throw InvalidValue(pattern, "matches no name: a pattern holds A-Z a-z 0-9 _ . @ : + - and * ? only")
            }
        }
    }

    private static func list(checking check: @escaping @Sendable (String) throws(InvalidValue) -> Void) -> Self {
        Self(\.word) { (text) throws(InvalidValue) in
            let items = text.split { $0 == "," || $0 == " " || $0 == "\t" }.map(String.init)
            guard !items.isEmpty else { throw InvalidValue("the list is empty") }
            for item in items { try check(item) }
            return items
        }
    }
}
