internal import Dispatch

/// Where calls are made that can block in the kernel for longer than the cooperative pool may be held up: reading
/// another process's memory through `/proc`, asking a directory service for a user, `fsync`.
package enum BlockingWork {
    private static let queue = DispatchQueue(label: "monitor.blocking", attributes: .concurrent)

    /// Runs `body` on a thread that may block. Cancelling the task does not end it.
    package static func run<Value: Sendable>(_ body: @escaping @Sendable () -> Value) async -> Value {
        await withCheckedContinuation { continuation in
            start { continuation.resume(returning: body()) }
        }
    }

    /// Runs `body` on such a thread, and does not wait for it.
    package static func start(_ body: @escaping @Sendable () -> Void) { queue.async(execute: body) }
}
