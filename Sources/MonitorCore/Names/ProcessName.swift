/// The name of a monitored process, proven safe to meet a shell, a unit name or a log line.
///
/// A name comes from a database that others write, so it is parsed once, at the edge, and everything behind that edge
/// takes this type. It holds only `A-Z a-z 0-9 _ . @ : + -`, does not begin with `-` or `.`, and is 1 to 100
/// characters long.
public struct ProcessName: Hashable, Sendable, Comparable {
    /// The name as it stands in the database.
    public let rawValue: String

    /// The longest name accepted, in characters: the width of `PROCESE.process_name`.
    public static let maximumLength = 100

    /// Parses a name.
    ///
    /// - Throws: ``InvalidProcessName``, which says what is wrong and holds a form of the name that is safe to print.
    public init(_ text: String) throws(InvalidProcessName) {
        guard let first = text.utf8.first else { throw InvalidProcessName(text, "is empty") }
        guard text.utf8.allSatisfy(Self.isAllowed) else {
            throw InvalidProcessName(text, "has a character other than A-Z a-z 0-9 _ . @ : + -")
        }
        guard first != UInt8(ascii: "-"), first != UInt8(ascii: ".") else {
            throw InvalidProcessName(text, "begins with '-' or '.'")
        }
        guard text.utf8.count <= Self.maximumLength else {
            throw InvalidProcessName(text, "is longer than \(Self.maximumLength) characters")
        }
        rawValue = text
    }

    public static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }

    private static func isAllowed(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default:
            "_.@:+-".utf8.contains(byte)
        }
    }
}

extension ProcessName: CustomStringConvertible {
    public var description: String { rawValue }
}

/// A name that is refused: nothing is ever run for it.
public struct InvalidProcessName: Error, Hashable, CustomStringConvertible {
    /// The name with everything unprintable escaped, cut to a length fit for a log line.
    public let printable: String
    /// What is wrong with it, to be read after the name: "is empty".
    public let reason: String

    init(_ name: String, _ reason: String) {
        printable = name.escapedForDisplay(limit: 60)
        self.reason = reason
    }

    public var description: String { "name '\(printable)' refused: it \(reason)" }
}
