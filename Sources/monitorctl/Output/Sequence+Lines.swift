extension Sequence<String> {
    /// The text of these lines, each ended by a newline.
    var joinedLines: String {
        reduce(into: "") { text, line in
            text += line
            text += "\n"
        }
    }
}
