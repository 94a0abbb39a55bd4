import MonitorCore
import MonitorLinux

extension FuzzTarget {
    /// The command lines of the configuration: the process's name before the first newline, a template behind it.
    static let commandTemplate = FuzzTarget(name: "command-template") { (bytes) throws(BrokenInvariant) in
        let parts = bytes.parts(dividedBy: UInt8(ascii: "\n"), atMost: 2)
        guard let name = try? ProcessName(parts[0].decoded), let text = parts.last?.decoded,
            let template = try? CommandTemplate(text)
        else { return }
        let rendered = template.rendered(for: name)
        try demand(Array(rendered.utf8) == filledIn(text, name), "'\(text)' becomes '\(rendered)'")
        switch NativeCheck(rendered) {
        case .command: break
        case .pgrep(let pattern):
            let isWord = (try? ProcessName(pattern)) != nil
            try demand(isWord && words(of: rendered) == ["pgrep", pattern], "'\(rendered)' is pgrep \(pattern)")
        case .unitIsActive(let unit):
            let words = words(of: rendered)
            try demand(words.dropLast() == ["systemctl", "is-active"], "'\(rendered)' asks for \(unit)")
            try demand(words.last.map { unit.rawValue.hasPrefix($0) } == true, "'\(rendered)' asks for \(unit)")
        }
    }

    /// What a template becomes, byte by byte, as the script's shell did it.
    private static func filledIn(_ text: String, _ name: ProcessName) -> [UInt8] {
        var result: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            switch (byte, rest.first) {
            case (UInt8(ascii: "%"), UInt8(ascii: "s")): result += name.rawValue.utf8
            case (UInt8(ascii: "%"), UInt8(ascii: "%")): result.append(byte)
            default:
                result.append(byte)
                continue
            }
            rest.removeFirst()
        }
        return result
    }

    private static func words(of text: String) -> [String] {
        text.utf8.split { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }.map { String($0) ?? "" }
    }

    /// What commands print, which may be anything: the first byte says in pieces of which length it comes.
    static let commandOutput = FuzzTarget(name: "command-output") { (bytes) throws(BrokenInvariant) in
        let pieceLength = Int(bytes.first ?? 0) * 16 + 16
        var output = CommandOutput()
        var rest = bytes[...]
        while !rest.isEmpty {
            output.append(rest.prefix(pieceLength))
            rest = rest.dropFirst(pieceLength)
        }
        try demand(output.byteCount == bytes.count, "\(output.byteCount) of \(bytes.count) bytes are counted")
        try demand(output.tail == bytes.suffix(CommandOutput.capacity), "the last bytes are kept")
        for line in output.lines {
            try demandHarmless(line, "a line")
            try demand(!line.isEmpty, "a line is not empty")
        }
        try demandHarmless(output.summary, "the summary")
        try demandHarmless(output.description, "the description")
        try demand(output.description.unicodeScalars.count <= 100, "the description is short")
    }
}
