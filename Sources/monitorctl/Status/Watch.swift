internal import Dispatch
internal import Glibc
internal import MonitorCore
internal import MonitorStatus

/// `status --watch`: the status, drawn anew each second until the operator leaves.
struct Watch {
    var terminal: Terminal
    /// Asks the store.
    var ask: @Sendable () async throws(Failure) -> StatusReport

    /// Returns when the operator leaves; ends the process by the signal that asked for its end.
    func run() async {
        if let signal = await watch() {
            // Terminal restored. Re-raise the signal with its default action; its dispatch source had blocked it.
            Glibc.signal(signal, SIG_DFL)
            var mask = sigset_t()
            sigemptyset(&mask)
            sigaddset(&mask, signal)
            pthread_sigmask(SIG_UNBLOCK, &mask, nil)
            raise(signal)
        }
    }

    /// - Returns: the signal that ended it, or nil when a key did.
    private func watch() async -> Int32? {
        let keyboard = isatty(STDIN_FILENO) == 1 ? STDIN_FILENO : nil
        let (events, sink) = AsyncStream.makeStream(of: WatchEvent.self)
        let input = WatchInput(keyboard: keyboard) { sink.yield($0) }
        defer { input.stop() }
        // Not a child of this task: a database that hangs must not keep the operator from leaving.
        let asking = Task { [ask] in
            while !Task.isCancelled {
                do throws(Failure) {
                    sink.yield(.answered(try await ask()))
                } catch {
                    sink.yield(.unanswered(reason: error.description))
                }
                try? await Task.sleep(for: .seconds(1))
            }
        }
        defer { asking.cancel() }

        let taken = RawTerminal(keyboard: keyboard)
        let signal = await follow(events)
        taken.giveBack()
        return signal
    }

    private func follow(_ events: AsyncStream<WatchEvent>) async -> Int32? {
        let controlC: UInt8 = 3
        var screen = WatchScreen()
        for await event in events {
            switch event {
            case .key(UInt8(ascii: "q")), .key(UInt8(ascii: "Q")), .key(controlC): return nil
            case .ended(let signal): return signal
            case .answered(let report): screen.show(report)
            case .unanswered(let reason): screen.showOutage(reason, at: .wallClock())
            case .key, .resized, .tick: break
            }
            draw(screen)
        }
        return nil
    }

    private func draw(_ screen: WatchScreen) {
        let size = terminal.size
        // The last column stays free: to clear the rest of a full line would clear its last character.
        let page = Page(
            width: size.columns - 1, colours: terminal.hasColours, times: TimeFormat(now: .wallClock(), zone: .local))
        Console.write(WatchScreen.frame(screen.lines(page, rows: size.rows)))
    }
}

/// What happens while a screen is watched.
enum WatchEvent: Sendable {
    case key(UInt8)
    /// The window has another size.
    case resized
    /// Time has passed.
    case tick
    /// The tool is asked to end, by a signal or by hanging up.
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

/// A terminal taken over: alternate screen, no cursor, no line wrapping, keys read one by one and not shown.
///
/// It is given back when this value ends, whichever way that comes about. Ctrl-C is a key then, not a signal.
struct RawTerminal: ~Copyable {
    private let keyboard: Int32?
    private let modes: termios

    /// - Parameter keyboard: the terminal that keys come from; nil where standard input is none.
    init(keyboard: Int32?) {
        var modes = termios()
        self.keyboard = keyboard
        if let keyboard {
            tcgetattr(keyboard, &modes)
            var raw = modes
            raw.c_lflag &= ~tcflag_t(ICANON | ECHO | ISIG)
            tcsetattr(keyboard, TCSAFLUSH, &raw)
        }
        self.modes = modes
        Console.write("\u{1B}[?1049h\u{1B}[?25l\u{1B}[?7l")
    }

    /// Gives the terminal back now.
    consuming func giveBack() {}

    deinit {
        Console.write("\u{1B}[?7h\u{1B}[?25h\u{1B}[?1049l")
        var modes = modes
        if let keyboard { tcsetattr(keyboard, TCSAFLUSH, &modes) }
    }
}

/// What `status --watch` shows: a pure value from which each frame is drawn anew.
struct WatchScreen: Sendable {
    /// What the store said last.
    private(set) var report: StatusReport?
    /// Why the store says nothing now, and since when.
    private(set) var outage: (since: Timestamp, reason: String)?

    init() {}

    mutating func show(_ report: StatusReport) {
        self.report = report
        outage = nil
    }

    /// The store can't be asked: what it said before stays on the screen.
    mutating func showOutage(_ reason: String, at now: Timestamp) {
        outage = (outage?.since ?? now, reason)
    }

    /// The lines of a screen of `rows` lines, the last one telling the time and how to leave.
    func lines(_ page: Page, rows: Int) -> [String] {
        let width = page.width ?? 80
        let warning =
            outage.map { outage in
                "no answer since \(page.times.full(outage.since)): \(outage.reason.escapedForDisplay())"
                    .wrapped(toWidth: width).map { page.styled($0, .alert) }
            } ?? []
        let footer = page.styled("\(page.times.exact(page.times.now))  q leaves".cut(toWidth: width), .faint)
        let room = max(0, rows - warning.count - 1)
        let body = report.map { StatusScreen($0, page).lines(fitting: room) } ?? (outage == nil ? ["…"] : [])
        return (warning + body + [footer]).suffix(rows)
    }

    /// A frame, to be written in one piece: each line over the old one, the rest of the screen cleared.
    ///
    /// Nothing is cleared before it is written over, so that nothing flickers.
    static func frame(_ lines: [String]) -> String {
        let toHome = "\u{1B}[H"
        let clearLine = "\u{1B}[K"
        let clearBelow = "\u{1B}[J"
        return toHome + lines.joined(separator: clearLine + "\r\n") + clearLine + clearBelow
    }
}
