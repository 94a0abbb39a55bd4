internal import Glibc

/// Waits until a descriptor is readable, at its end, or the task is cancelled, without holding a thread.
///
/// It looks, at first often, later less. Dispatch's sources would tell at once, but on Linux libdispatch uses memory that
/// it has freed when sources come and go on several threads (swift-corelibs-libdispatch issue 949): a daemon that waits
/// for many short commands would crash now and then.
func waitUntilReadable(_ descriptor: CInt) async {
    var pause = Duration.milliseconds(1)
    while !Task.isCancelled, !isReadable(descriptor) {
        try? await Task.sleep(for: pause)
        pause = min(pause * 1.5, .milliseconds(25))
    }
}

private func isReadable(_ descriptor: CInt) -> Bool {
    var query = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
    return poll(&query, 1, 0) != 0
}
