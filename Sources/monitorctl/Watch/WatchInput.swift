internal import Dispatch
internal import Glibc

/// What happens while a screen is watched.
enum WatchEvent: Sendable {
    case key(UInt8)
    /// The window has another size.
    case resized
    /// Time has passed.
    case tick
    /// Somebody asks the tool to end, by a signal or by hanging up.
    case ended(signal: Int32)
    case answered(StatusReport)
    case unanswered(reason: String)
}

/// Keys, signals and seconds as events, until it is stopped.
final class WatchInput {
    private let queue = DispatchQueue(label: "monitorctl.watch")
    private var sources: [any DispatchSourceProtocol] = []

    /// - Parameters:
    ///   - keyboard: where keys come from; nil for nowhere.
    ///   - deliver: takes each event.
    init(keyboard: Int32?, deliver: @escaping @Sendable (WatchEvent) -> Void) {
        let timer = DispatchSource.makeTimerSource(queue: queue)
        timer.schedule(deadline: .now() + 1, repeating: 1)
        add(timer) { deliver(.tick) }
        if let keyboard {
            add(DispatchSource.makeReadSource(fileDescriptor: keyboard, queue: queue)) {
                var key: UInt8 = 0
                deliver(read(keyboard, &key, 1) == 1 ? .key(key) : .ended(signal: SIGHUP))
            }
        }
        for number in [SIGINT, SIGTERM, SIGHUP] {
            catchSignal(number) { deliver(.ended(signal: number)) }
        }
        catchSignal(SIGWINCH) { deliver(.resized) }
    }

    func stop() {
        for source in sources { source.cancel() }
    }

    private func catchSignal(_ number: Int32, _ handler: @escaping @Sendable () -> Void) {
        // Otherwise the signal does what it always does, before the source hears of it.
        signal(number, SIG_IGN)
        add(DispatchSource.makeSignalSource(signal: number, queue: queue), handler)
    }

    private func add(_ source: some DispatchSourceProtocol, _ handler: @escaping @Sendable () -> Void) {
        source.setEventHandler(handler: DispatchWorkItem(block: handler))
        source.activate()
        sources.append(source)
    }
}
