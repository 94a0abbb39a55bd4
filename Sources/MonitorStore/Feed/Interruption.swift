internal import Glibc
internal import Synchronization

/// Ends what a thread waits for on a socket, from another thread.
final class Interruption: Sendable {
    private struct State {
        var socket: CInt?
        var isOver = false
    }

    private let state = Mutex(State())

    /// Runs `body`, and shuts the socket down when the interruption comes before or meanwhile.
    ///
    /// The socket stays open until this returns.
    func guarding<Value, Failure: Error>(_ socket: CInt, _ body: () throws(Failure) -> Value) throws(Failure) -> Value {
        state.withLock { state in
            state.socket = socket
            if state.isOver { shutdown(socket, CInt(SHUT_RDWR)) }
        }
        defer { state.withLock { $0.socket = nil } }
        return try body()
    }

    /// Interrupts; does nothing when nothing waits any more.
    func interrupt() {
        // Under the lock: the number may be another file's when the socket is closed. It does not block.
        state.withLock { state in
            state.isOver = true
            if let socket = state.socket { shutdown(socket, CInt(SHUT_RDWR)) }
        }
    }
}
