internal import MonitorCore

/// What a command wrote, as far as it is kept: the last few kilobytes.
public struct CommandOutput: Sendable, Equatable {
    /// Bytes kept at most. What a command says last is what explains its end.
    public static let capacity = 4096

    /// The last bytes written, standard output and standard error as they came.
    public private(set) var tail: [UInt8] = []
    /// Bytes written in all.
    public private(set) var byteCount = 0

    public init() {}

    /// Takes more output, and forgets what no longer fits.
    package mutating func append(_ bytes: ArraySlice<UInt8>) {
        byteCount += bytes.count
        tail += bytes[max(bytes.startIndex, bytes.endIndex - Self.capacity)...]
        tail.removeFirst(max(0, tail.count - Self.capacity))
    }

    /// The kept lines that aren't blank, safe to print: what is no text is replaced, controls are escaped.
    public var lines: [String] {
        let text = String(decoding: tail, as: UTF8.self)
        let lines = text.unicodeScalars.split { $0 == "\n" || $0 == "\r" }
        return lines.compactMap { line in
            guard !line.allSatisfy({ $0.properties.isWhitespace }) else { return nil }
            return String(String.UnicodeScalarView(line)).escapedForDisplay()
        }
    }

    /// The kept lines in one, for a log; begins with `…` where earlier ones were dropped.
    public var summary: String {
        (byteCount > tail.count ? "…" : "") + lines.joined(separator: " | ")
    }
}

extension CommandOutput: CustomStringConvertible {
    public var description: String { "\(byteCount) bytes: \(lines.last ?? "")".cut(toCharacters: 100) }
}
