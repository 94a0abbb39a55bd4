import MonitorCore

extension FuzzTarget {
    /// Names of processes, as they come from a table that others write.
    static let processName = FuzzTarget(name: "process-name") { (bytes) throws(BrokenInvariant) in
        let text = bytes.decoded
        let allowed = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.@:+-".utf8
        let isMeantWell =
            !bytes.isEmpty && bytes.count <= 100 && bytes.allSatisfy(allowed.contains)
            && !"-.".utf8.contains(bytes[0])
        do {
            let name = try ProcessName(text)
            try demand(isMeantWell, "'\(text.debugDescription)' is a name")
            try demand(Array(name.rawValue.utf8) == bytes, "\(text.debugDescription) stays as it is")
            let unit = UnitName(process: name).rawValue
            try demand(unit.hasPrefix(name.rawValue) && unit.hasSuffix(".service"), "'\(unit)' is its service")
            try demand(CommandTemplate(unchecked: "%s").rendered(for: name) == text, "its command is itself")
        } catch let error as InvalidProcessName {
            try demand(!isMeantWell, "'\(text)' is no name")
            try demandReadable("\(error)")
            try demand(error.printable.unicodeScalars.count <= 60, "'\(error.printable)' is short")
        } catch let error as BrokenInvariant {
            throw error
        } catch {}
    }

    /// Patterns of names, before a newline, and a name behind it, against the definition by recursion.
    static let namePattern = FuzzTarget(name: "name-pattern") { (bytes) throws(BrokenInvariant) in
        let parts = bytes.parts(dividedBy: UInt8(ascii: "\n"), atMost: 2)
        guard parts.count == 2, let name = try? ProcessName(parts[1].decoded) else { return }
        let pattern = parts[0].decoded
        let matches = NamePattern(pattern).matches(name)
        try demand(matches == isMatch(Array(pattern.utf8), Array(name.rawValue.utf8)), "'\(pattern)' and '\(name)'")
        var settings = EngineSettings()
        settings.deny = [pattern]
        try demand((settings.objection(to: name) != nil) == matches, "'\(pattern)' denies '\(name)'")
    }

    /// What each beginning of the pattern matches of the name, letter by letter.
    private static func isMatch(_ pattern: [UInt8], _ name: [UInt8]) -> Bool {
        var row = [true] + name.map { _ in false }
        for byte in pattern {
            var next = [byte == UInt8(ascii: "*") && row[0]]
            for (index, letter) in name.enumerated() {
                let isOne = row[index] && (byte == letter || byte == UInt8(ascii: "?"))
                next.append(byte == UInt8(ascii: "*") ? row[index + 1] || next[index] : isOne)
            }
            row = next
        }
        return row[name.count]
    }
}
