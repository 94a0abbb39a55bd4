internal import CSystemd

/// A call whose reply is awaited.
final class PendingCall {
    private let receive: (Result<OpaquePointer, BusError>) -> Void
    private var slot: OpaquePointer?
    private var isFinished = false

    /// - Parameter receive: gets the reply, lent for the duration of the call, or why there is none; once.
    init(receive: @escaping (Result<OpaquePointer, BusError>) -> Void) { self.receive = receive }

    deinit { sd_bus_slot_unref(slot) }

    /// Sends the call; this object must live until it is finished.
    func send(_ message: borrowing BusMessage, over handle: BusHandle, limit: Duration) throws(BusError) {
        try check(
            sd_bus_call_async(
                handle.raw, &slot, message.raw,
                { reply, call, _ in
                    guard let reply, let call else { return 0 }
                    Unmanaged<PendingCall>.fromOpaque(call).takeUnretainedValue().finish(.success(reply))
                    return 1
                },
                Unmanaged.passUnretained(self).toOpaque(), limit.microseconds))
    }

    func finish(_ outcome: Result<OpaquePointer, BusError>) {
        guard !isFinished else { return }
        isFinished = true
        receive(outcome)
    }
}
