internal import CSystemd

/// A signal that is being listened to, until this object goes.
final class SignalSubscription {
    private let receive: (borrowing BusMessage) throws(BusError) -> Void
    private var slot: OpaquePointer?

    /// Asks for the signal without waiting for the answer; being refused it closes the connection.
    init(
        to member: String, of interface: String, at path: String?, sender: String, over handle: BusHandle,
        receive: @escaping (borrowing BusMessage) throws(BusError) -> Void
    ) throws(BusError) {
        self.receive = receive
        try check(
            sd_bus_match_signal_async(
                handle.raw, &slot, sender, path, interface, member,
                { message, subscription, _ in
                    guard let message, let subscription else { return 0 }
                    let this = Unmanaged<SignalSubscription>.fromOpaque(subscription).takeUnretainedValue()
                    // One that isn't of the documented form is nobody's.
                    try? this.receive(BusMessage(borrowing: message))
                    return 0
                },
                nil, Unmanaged.passUnretained(self).toOpaque()))
    }

    deinit { sd_bus_slot_unref(slot) }
}
