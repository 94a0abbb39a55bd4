internal import Glibc
internal import MonitorCore

/// Where the tool writes: data to standard output, everything else to standard error.
enum Console {
    /// Writes data, in one call as far as the system allows.
    static func write(_ text: String) { write(text, to: STDOUT_FILENO) }

    /// Tells something to whoever started the tool.
    ///
    /// Arguments, paths and what a server says may be quoted in it: only its line breaks reach a terminal as they are.
    static func tell(_ text: String) {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        write(lines.map { String($0).escapedForDisplay() }.joinedLines, to: STDERR_FILENO)
    }

    private static func write(_ text: String, to descriptor: Int32) {
        var text = text
        text.withUTF8 { bytes in
            var rest = UnsafeRawBufferPointer(bytes)
            while !rest.isEmpty {
                let written = Glibc.write(descriptor, rest.baseAddress, rest.count)
                if written < 0 {
                    if errno == EINTR { continue }
                    // Others who have the terminal open may have set it so that a full one doesn't wait.
                    var whenWritable = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                    if errno == EAGAIN, poll(&whenWritable, 1, -1) >= 0 { continue }
                    // Nobody is left to be told.
                    return
                }
                rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(written))
            }
        }
    }
}
