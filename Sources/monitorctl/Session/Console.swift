internal import Glibc

/// Where the tool writes: data to standard output, everything else to standard error.
enum Console {
    /// Writes data, in one call as far as the system allows.
    static func write(_ text: String) { write(text, to: STDOUT_FILENO) }

    /// Tells something to whoever started the tool.
    static func tell(_ line: String) { write(line + "\n", to: STDERR_FILENO) }

    private static func write(_ text: String, to descriptor: Int32) {
        var text = text
        text.withUTF8 { bytes in
            var rest = UnsafeRawBufferPointer(bytes)
            while !rest.isEmpty {
                let written = Glibc.write(descriptor, rest.baseAddress, rest.count)
                if written < 0 {
                    if errno == EINTR { continue }
                    // Nobody is left to be told.
                    return
                }
                rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(written))
            }
        }
    }
}
