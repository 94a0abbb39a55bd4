internal import Glibc
internal import MonitorCore

/// `status --watch`: the status, drawn anew each second until somebody leaves.
struct Watch {
    var terminal: Terminal
    /// Asks the store.
    var ask: @Sendable () async throws(Failure) -> StatusReport

    /// Returns when somebody leaves; ends the process by the signal that asked for its end.
    func run() async {
        if let signal = await watch() {
            // The terminal is as it was: now end the way that was asked for.
            Glibc.signal(signal, SIG_DFL)
            raise(signal)
        }
    }

    /// - Returns: the signal that ended it, or nil when a key did.
    private func watch() async -> Int32? {
        let keyboard = isatty(STDIN_FILENO) == 1 ? STDIN_FILENO : nil
        let (events, sink) = AsyncStream.makeStream(of: WatchEvent.self)
        let input = WatchInput(keyboard: keyboard) { sink.yield($0) }
        defer { input.stop() }
        // Not a child of this task: a database that hangs must not keep anybody from leaving.
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
        let page = Page(
            width: size.columns, colours: terminal.hasColours, times: TimeFormat(now: .wallClock(), zone: .local))
        Console.write(WatchScreen.frame(screen.lines(page, rows: size.rows)))
    }
}
