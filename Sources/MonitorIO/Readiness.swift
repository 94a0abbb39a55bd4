internal import Glibc
internal import Synchronization

/// One thread that waits for the descriptors of all tasks, by poll(2).
///
/// Dispatch's sources would do, but on Linux libdispatch uses memory that it has freed when sources come and go on several
/// threads (swift-corelibs-libdispatch issue 949): a daemon that waits for many short commands would crash now and then.
final class ReadinessThread: Sendable {
    /// Nil where the system grants no descriptors or no thread for it.
    static let shared = ReadinessThread()

    private struct Waiter {
        var descriptor: CInt
        var continuation: CheckedContinuation<Void, Never>
    }

    private struct State {
        var lastID: UInt64 = 0
        var waiters: [UInt64: Waiter] = [:]
    }

    private let state = Mutex(State())
    /// A socket pair that wakes poll(2) when the waiters change.
    private let wakePair: (read: CInt, write: CInt)

    private init?() {
        var ends: [CInt] = [-1, -1]
        let kind = SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue
        guard socketpair(AF_UNIX, CInt(kind), 0, &ends) == 0 else { return nil }
        wakePair = (ends[0], ends[1])
        var thread = pthread_t()
        guard pthread_create(&thread, nil, Self.body, nil) == 0 else {
            for end in ends { close(end) }
            return nil
        }
        pthread_detach(thread)
    }

    /// Waits until the descriptor is readable or the task is cancelled.
    func wait(for descriptor: CInt) async {
        let id = state.withLock { state in
            state.lastID += 1
            return state.lastID
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isCancelled = state.withLock { state in
                    // Before there was anything to remove.
                    if Task.isCancelled { return true }
                    state.waiters[id] = Waiter(descriptor: descriptor, continuation: continuation)
                    return false
                }
                if isCancelled { continuation.resume() } else { wake() }
            }
        } onCancel: {
            guard let waiter = state.withLock({ $0.waiters.removeValue(forKey: id) }) else { return }
            waiter.continuation.resume()
            wake()
        }
    }

    private func wake() {
        var signal: UInt8 = 0
        // Full, it has been rung often enough.
        write(wakePair.write, &signal, 1)
    }

    private static let body: @convention(c) (UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? = { _ in
        // Signals are for other threads.
        var all = sigset_t()
        sigfillset(&all)
        pthread_sigmask(SIG_SETMASK, &all, nil)
        while let thread = shared { thread.waitOnce() }
        return nil
    }

    /// Waits until one of the descriptors is ready, or the waiters change.
    private func waitOnce() {
        let waiters = state.withLock { $0.waiters.map { (id: $0.key, descriptor: $0.value.descriptor) } }
        var queries = ([wakePair.read] + waiters.map(\.descriptor)).map {
            pollfd(fd: $0, events: Int16(POLLIN), revents: 0)
        }
        if poll(&queries, nfds_t(queries.count), -1) < 0 {
            // These are more than the process's limit of descriptors allows at once, which may have been lowered.
            usleep(10_000)
            for index in queries.indices { poll(&queries[index], 1, 0) }
        }
        var signal: UInt8 = 0
        while queries[0].revents != 0, read(wakePair.read, &signal, 1) > 0 {}
        let ready = zip(waiters, queries.dropFirst()).filter { $1.revents != 0 }.map(\.0.id)
        let done = state.withLock { state in ready.compactMap { state.waiters.removeValue(forKey: $0)?.continuation } }
        for continuation in done { continuation.resume() }
    }
}

/// Waits until a descriptor is readable, at its end, or the task is cancelled, without holding a thread.
///
/// The descriptor has to stay open until this returns; nothing refers to it any more then.
package func waitUntilReadable(_ descriptor: CInt) async {
    await ReadinessThread.shared?.wait(for: descriptor)
    // Where the system had no thread left: check now and then.
    var pause = Duration.milliseconds(1)
    while !Task.isCancelled, !isReadable(descriptor) {
        try? await Task.sleep(for: pause)
        pause = min(pause * 1.5, .milliseconds(25))
    }
}

/// Whether a descriptor is readable or at its end now.
package func isReadable(_ descriptor: CInt) -> Bool {
    var query = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
    return poll(&query, 1, 0) != 0
}
