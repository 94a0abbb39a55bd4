internal import CSystemd
internal import Glibc
internal import MonitorCore

/// A field of a journal entry: `NAME=value`.
struct JournalField: Sendable, Equatable {
    let name: String
    let value: String

    init(_ name: String, _ value: String) {
        self.name = name
        self.value = value
    }

    /// The field of a datum: capitals, digits and underscores are all that a name may hold.
    init(metadataKey key: String, _ value: String) {
        if key == "process.name" {
            self.init("PROCESS_NAME", value)
        } else {
            let name = key.uppercased().unicodeScalars.map { scalar in
                scalar.isASCII && (scalar.properties.isUppercase || ("0"..."9").contains(scalar))
                    ? Character(scalar) : "_"
            }
            self.init(String(("MONITOR_" + name).prefix(Self.longestName)), value)
        }
    }

    /// `systemd.journal-fields(7)` has no limit, but journald drops fields with longer names.
    private static let longestName = 64

    /// The line that a person reads: the message, and its data but for the event's name, which says the same.
    static func message(_ message: String, with data: [(key: String, value: String)]) -> String {
        ([message] + data.filter { $0.key != "event" }.map { "\($0.key)=\($0.value)" })
            .joined(separator: " ").escapedForDisplay()
    }

    /// Hands an entry to journald; where there is none, it is lost.
    ///
    /// - SeeAlso: `sd_journal_sendv(3)`
    static func send(_ fields: [JournalField]) {
        var bytes: [UInt8] = []
        var ends: [Int] = []
        for field in fields {
            bytes += "\(field.name)=\(field.value)".utf8
            ends.append(bytes.count)
        }
        bytes.withUnsafeMutableBytes { buffer in
            var begin = 0
            let vectors = ends.map { end in
                defer { begin = end }
                return iovec(iov_base: buffer.baseAddress! + begin, iov_len: end - begin)
            }
            _ = sd_journal_sendv(vectors, CInt(vectors.count))
        }
    }
}
