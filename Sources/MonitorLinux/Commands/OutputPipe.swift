internal import Glibc
internal import MonitorCore
internal import MonitorIO

/// The pipe that a command writes to.
struct OutputPipe: ~Copyable {
    private let reading: OwnedDescriptor
    private var writing: OwnedDescriptor?

    init() throws(SystemError) {
        var ends: [CInt] = [-1, -1]
        guard pipe(&ends) == 0 else { throw SystemError("pipe") }
        let reading = try OwnedDescriptor(ends[0], from: "pipe")
        let writing = try OwnedDescriptor(ends[1], from: "pipe")
        // Swift doesn't see pipe2(2). A program started meanwhile gets neither end: all but three are closed for it.
        for end in ends where fcntl(end, F_SETFD, FD_CLOEXEC) != 0 { throw SystemError("fcntl") }
        // Of our end only: a command may expect to wait when it writes.
        guard fcntl(ends[0], F_SETFL, O_NONBLOCK) == 0 else { throw SystemError("fcntl") }
        self.reading = reading
        self.writing = consume writing
    }

    var readEnd: CInt { reading.rawValue }

    /// -1 once it is closed.
    var writeEnd: CInt {
        switch writing {
        case .some(let descriptor): descriptor.rawValue
        case nil: -1
        }
    }

    /// Leaves writing to the command, so that its end is the end of the output.
    mutating func closeWriteEnd() { writing = nil }

    /// What a pipe holds unless a program asks for more (`pipe(7)`).
    private static let capacity = 65536

    enum Reading {
        case bytes(ArraySlice<UInt8>)
        case nothingYet
        case end
    }

    /// Reads what the pipe holds, without waiting.
    static func read(_ readEnd: CInt) -> Reading {
        var chunk = [UInt8](repeating: 0, count: capacity)
        let count = Glibc.read(readEnd, &chunk, chunk.count)
        if count < 0, errno == EAGAIN || errno == EINTR { return .nothingYet }
        return count > 0 ? .bytes(chunk[..<count]) : .end
    }
}
