// The overlay for Linux doesn't declare its sources Sendable, though libdispatch's objects are safe to share.
@preconcurrency internal import Dispatch

/// Waits until a descriptor is readable, at its end, or the task is cancelled, without holding a thread.
///
/// The descriptor has to stay open until this returns; nothing refers to it any more then.
package func waitUntilReadable(_ descriptor: CInt) async {
    let source = DispatchSource.makeReadSource(fileDescriptor: descriptor, queue: .global())
    await withTaskCancellationHandler {
        await withCheckedContinuation { continuation in
            source.setEventHandler { source.cancel() }
            source.setCancelHandler { continuation.resume() }
            source.activate()
        }
    } onCancel: {
        source.cancel()
    }
}
