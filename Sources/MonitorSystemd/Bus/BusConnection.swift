internal import CSystemd
internal import Dispatch
internal import Glibc
internal import MonitorIO

/// A connection to a bus: any number of calls in flight at once, and signals, served as the descriptor has data.
///
/// Nothing here waits. It connects when made, and once closed stays closed: its owner makes another. Everything
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
    /// How often calls were begun to be waited for: those that are sent together are waited for once.
    private(set) var roundTrips = 0

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
    ) -> Promise<Result<Value, BusError>> {
        let promise = Promise<Result<Value, BusError>>(on: queue)
        lastCall += 1
        let id = lastCall
        let call = PendingCall(message, limit: limit) { [weak self] outcome in
            self?.calls[id] = nil
            promise.fulfil(outcome.decoded(by: decode))
            self?.sendQueued()
        }
        guard isOpen else {
            call.finish(.failure(BusError(result: -ENOTCONN)))
            return promise
        }
        if calls.isEmpty, queued.isEmpty { roundTrips += 1 }
        queued.append((id, call))
        sendQueued()
        return promise
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

// MARK: - Parts

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
                    // One that isn't of the documented form is passed over.
                    try? this.receive(BusMessage(borrowing: message))
                    return 0
                },
                nil, Unmanaged.passUnretained(self).toOpaque()))
    }

    deinit { sd_bus_slot_unref(slot) }
}

/// A reference to a connection of sd-bus, closed with its last holder.
///
/// Shared by a connection and by the dispatch sources on its descriptor, which must not be closed before they have
/// been cancelled: its number could be another file's by then.
final class BusHandle: @unchecked Sendable {  // confined to the bus's queue
    let raw: OpaquePointer

    /// Begins to connect; the connection completes, or fails, as its descriptor is served.
    init(to address: BusAddress) throws(BusError) {
        var bus: OpaquePointer?
        switch address {
        case .system:
            try check(sd_bus_open_system_with_description(&bus, "process-monitor"))
        case .serviceManager:
            try check(sd_bus_new(&bus))
            do throws(BusError) {
                try check(sd_bus_set_address(bus, "unix:path=/run/systemd/private"))
                try check(sd_bus_start(bus))
            } catch {
                sd_bus_unref(bus)
                throw error
            }
        }
        guard let bus else { throw BusError(.unreachable, "sd-bus made no connection") }
        raw = bus
    }

    deinit { sd_bus_close_unref(raw) }
}

/// Where systemd is reached.
enum BusAddress: Sendable {
    /// The system bus: for every user, as far as polkit allows.
    case system
    /// systemd's own socket: for root alone, with or without a bus daemon, and without that one's limits on calls and
    /// match rules, which a thousand restarts at once exceed.
    case serviceManager
}

// MARK: - Units of time

extension Duration {
    /// For Dispatch: whole nanoseconds, saturating, never negative.
    var nanoseconds: Int { Int(clamping: scaled(perSecond: 1_000_000_000)) }

    /// For systemd: whole microseconds, saturating, never negative.
    var microseconds: UInt64 { scaled(perSecond: 1_000_000) }

    /// What systemd says in microseconds; nil for its "infinity".
    init?(systemdMicroseconds: UInt64) {
        guard systemdMicroseconds != .max else { return nil }
        self = .microseconds(Int64(clamping: systemdMicroseconds))
    }

    private func scaled(perSecond: UInt64) -> UInt64 {
        guard self > .zero else { return 0 }
        let (seconds, attoseconds) = components
        let (whole, overflow) = UInt64(seconds).multipliedReportingOverflow(by: perSecond)
        guard !overflow else { return .max }
        let (sum, carried) = whole.addingReportingOverflow(
            UInt64(attoseconds) / (1_000_000_000_000_000_000 / perSecond))
        return carried ? .max : sum
    }
}
