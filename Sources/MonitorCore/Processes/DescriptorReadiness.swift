internal import Glibc

/// Waits until a descriptor is readable, at its end, or the task is cancelled, without holding a thread.
///
/// The descriptor has to stay open until this returns; nothing refers to it any more then.
package func waitUntilReadable(_ descriptor: CInt) async {
    await ReadinessThread.shared?.wait(for: descriptor)
    // Where the system had nothing left for the thread: look now and then.
    var pause = Duration.milliseconds(1)
    while !Task.isCancelled, !isReadable(descriptor) {
        try? await Task.sleep(for: pause)
        pause = min(pause * 1.5, .milliseconds(25))
    }
}

/// Whether a descriptor is readable or at its end now.
func isReadable(_ descriptor: CInt) -> Bool {
    var query = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
    return poll(&query, 1, 0) != 0
}
