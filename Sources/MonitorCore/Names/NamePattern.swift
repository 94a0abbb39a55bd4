/// A pattern of process names: `*` stands for any characters, `?` for one.
package struct NamePattern: Sendable, Hashable, ExpressibleByStringLiteral {
    package let text: String

    package init(_ text: String) { self.text = text }
    package init(stringLiteral text: String) { self.init(text) }

    package func matches(_ name: ProcessName) -> Bool {
        let pattern = Array(text.utf8)
        let subject = Array(name.rawValue.utf8)
        var (p, s) = (0, 0)
        // Where the last star was, and how much of the subject it has swallowed so far.
        var retry: (pattern: Int, subject: Int)?
        while s < subject.count {
            if p < pattern.count, pattern[p] == UInt8(ascii: "*") {
                retry = (p + 1, s)
                p += 1
            } else if p < pattern.count, pattern[p] == UInt8(ascii: "?") || pattern[p] == subject[s] {
                (p, s) = (p + 1, s + 1)
            } else if let last = retry {
                (p, s) = (last.pattern, last.subject + 1)
                retry = (p, s)
            } else {
                return false
            }
        }
        return pattern[p...].allSatisfy { $0 == UInt8(ascii: "*") }
    }
}
