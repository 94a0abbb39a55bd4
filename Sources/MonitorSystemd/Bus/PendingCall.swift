internal import CSystemd

/// A call, from before it is sent until its reply has come.
final class PendingCall {
    private let message: BusMessage
    private let limit: Duration
    private let receive: (Result<OpaquePointer, BusError>) -> Void
    private var slot: OpaquePointer?
    private var isFinished = false

    /// - Parameters:
    ///   - limit: how long to wait for the reply, once it is sent.
    ///   - receive: gets the reply, lent for the duration of the call, or why there is none; once.
    init(
        _ message: consuming BusMessage, limit: Duration, receive: @escaping (Result<OpaquePointer, BusError>) -> Void
    ) {
        self.message = message
        self.limit = limit
        self.receive = receive
    }

    deinit { sd_bus_slot_unref(slot) }

    /// Sends the call; this object must live until it is finished.
    func send(over handle: BusHandle) {
        let result = sd_bus_call_async(
            handle.raw, &slot, message.raw,
            { reply, call, _ in
                guard let reply, let call else { return 0 }
                Unmanaged<PendingCall>.fromOpaque(call).takeUnretainedValue().finish(.success(reply))
                return 1
            },
            Unmanaged.passUnretained(self).toOpaque(), limit.microseconds)
        if result < 0 { finish(.failure(BusError(result: result))) }
    }

    func finish(_ outcome: Result<OpaquePointer, BusError>) {
        guard !isFinished else { return }
        isFinished = true
        receive(outcome)
    }
}
