internal import CSystemd
internal import Dispatch
internal import Glibc
internal import MonitorIO

/// A connection to a bus: any number of calls in flight at once, and signals, served as the descriptor has data.
///
/// Nothing here waits. It connects when made, and once closed stays closed: whoever owns it makes another. Everything
/// is for the bus's queue alone.
final class BusConnection: @unchecked Sendable {  // confined to `queue`
    /// How many calls wait for their reply at once. The system bus allows a connection 128 of them, and refuses those
    /// beyond (`max_replies_per_connection`, `dbus-daemon(1)`).
    private static let window = 64

    private let queue: QueueExecutor
    private let handle: BusHandle
    private let onClose: (BusError) -> Void
    /// What has been sent, and waits for its reply.
    private var calls: [UInt64: PendingCall] = [:]
    /// What waits for its turn to be sent.
    private var queued: [(id: UInt64, call: PendingCall)] = []
    private var subscriptions: [SignalSubscription] = []
    private var lastCall: UInt64 = 0

    private let readable: any DispatchSourceRead
    private let timer: any DispatchSourceTimer
    private var timerFiresAt = UInt64.max
    private var writable: (any DispatchSourceWrite)?
    private(set) var isOpen = true

    /// - Parameter onClose: told once when the connection breaks, with the reason.
    init(to address: BusAddress, on queue: QueueExecutor, onClose: @escaping (BusError) -> Void) throws(BusError) {
        let handle = try BusHandle(to: address)
        self.queue = queue
        self.handle = handle
        self.onClose = onClose
        readable = DispatchSource.makeReadSource(fileDescriptor: sd_bus_get_fd(handle.raw), queue: queue.queue)
        timer = DispatchSource.makeTimerSource(queue: queue.queue)
        // The handle outlives the source that watches its descriptor.
        readable.setCancelHandler { withExtendedLifetime(handle) {} }
        readable.setEventHandler { [weak self] in self?.process() }
        timer.setEventHandler { [weak self] in
            self?.timerFiresAt = .max
            self?.process()
        }
        readable.activate()
        timer.activate()
        updateInterest()
    }

    deinit {
        readable.cancel()
        timer.cancel()
        writable?.cancel()
    }

    /// A call to be filled with arguments.
    func message(
        _ member: String, of interface: String, at path: String, destination: String
    ) throws(BusError) -> BusMessage {
        var raw: OpaquePointer?
        try check(sd_bus_message_new_method_call(handle.raw, &raw, destination, path, interface, member))
        guard let raw else { throw BusError(.malformed, "sd-bus made no message") }
        return BusMessage(owning: raw)
    }

    /// Sends a call, when its turn comes: they are sent in order.
    ///
    /// - Parameters:
    ///   - limit: how long to wait for the reply, once it is sent.
    ///   - decode: makes a value of the reply, on the queue, before any later message is looked at: what it sets up sees
    ///     every signal that followed the reply.
    func send<Value: Sendable>(
        _ message: consuming BusMessage, limit: Duration,
        decode: @escaping (borrowing BusMessage) throws(BusError) -> Value
    ) -> Arrival<Result<Value, BusError>> {
        let arrival = Arrival<Result<Value, BusError>>(on: queue)
        lastCall += 1
        let id = lastCall
        let call = PendingCall(message, limit: limit) { [weak self] outcome in
            self?.calls[id] = nil
            arrival.arrive(outcome.decoded(by: decode))
            self?.sendQueued()
        }
        guard isOpen else {
            call.finish(.failure(BusError(result: -ENOTCONN)))
            return arrival
        }
        queued.append((id, call))
        sendQueued()
        return arrival
    }

    private func sendQueued() {
        while isOpen, calls.count < Self.window, !queued.isEmpty {
            let (id, call) = queued.removeFirst()
            calls[id] = call
            call.send(over: handle)
        }
        if isOpen { updateInterest() }
    }

    /// Has a signal delivered from now on; it precedes every call that is sent after it.
    ///
    /// - Parameter path: nil for that of any object.
    func subscribe(
        to member: String, of interface: String, at path: String?, sender: String,
        _ receive: @escaping (borrowing BusMessage) throws(BusError) -> Void
    ) throws(BusError) {
        subscriptions.append(
            try SignalSubscription(
                to: member, of: interface, at: path, sender: sender, over: handle, receive: receive))
        updateInterest()
    }

    // MARK: The descriptor

    /// Reads and writes what can be, and hands out what arrived.
    private func process() {
        guard isOpen else { return }
        do throws(BusError) {
            while try check(sd_bus_process(handle.raw, nil)) > 0 {}
            // The end of the connection is served as a last event, not reported as an error.
            guard sd_bus_is_open(handle.raw) > 0 else { throw BusError(result: -ECONNRESET) }
            updateInterest()
        } catch {
            end(BusError(.unanswered, error.reason))
        }
    }

    /// Every call that is in flight fails with the reason.
    private func end(_ reason: BusError) {
        isOpen = false
        readable.cancel()
        timer.cancel()
        writable?.cancel()
        for call in Array(calls.values) + queued.map(\.call) { call.finish(.failure(reason)) }
        queued = []
        subscriptions = []
        onClose(reason)
    }

    /// Waits for the descriptor to take more where sd-bus has more to write, and for its next time limit.
    private func updateInterest() {
        if sd_bus_get_events(handle.raw) & CInt(POLLOUT) != 0, writable == nil {
            let source = DispatchSource.makeWriteSource(
                fileDescriptor: sd_bus_get_fd(handle.raw), queue: queue.queue)
            source.setCancelHandler { [handle] in withExtendedLifetime(handle) {} }
            source.setEventHandler { [weak self] in
                self?.writable?.cancel()
                self?.writable = nil
                self?.process()
            }
            writable = source
            source.activate()
        }
        var microseconds = UInt64.max
        sd_bus_get_timeout(handle.raw, &microseconds)
        // Microseconds of CLOCK_MONOTONIC, which is Dispatch's uptime on Linux. A timer that is early does no harm.
        guard microseconds < timerFiresAt else { return }
        timerFiresAt = microseconds
        timer.schedule(deadline: DispatchTime(uptimeNanoseconds: microseconds * 1000), leeway: .milliseconds(50))
    }
}

extension Result where Success == OpaquePointer, Failure == BusError {
    /// What `decode` makes of the reply, unless that is an error.
    fileprivate func decoded<Value>(
        by decode: (borrowing BusMessage) throws(BusError) -> Value
    ) -> Result<Value, BusError> {
        do throws(BusError) {
            let message = BusMessage(borrowing: try get())
            if let error = message.error { throw error }
            return .success(try decode(message))
        } catch {
            return .failure(error)
        }
    }
}
