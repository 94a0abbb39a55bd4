extension String {
    /// Whether this is a path from the root.
    ///
    /// `hasPrefix` goes by characters, and to it a slash with a combining mark behind it is another one.
    package var isAbsolutePath: Bool { utf8.first == UInt8(ascii: "/") }
}
