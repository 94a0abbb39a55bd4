internal import Glibc
internal import MonitorCore
internal import MonitorIO

/// The watch over one running command: reads its output, keeps its limit, ends all that it started.
///
/// It works while the command's own process, once ended, is not reaped yet. Until then the kernel gives its pid to
/// nobody, so that the number still means this group and this session.
struct Supervision: Sendable {
    /// The command's process, which leads a group and a session of the same number.
    let leader: pid_t
    /// A pidfd of it.
    let leaderDescriptor: CInt
    /// The reading end of its output.
    let output: CInt
    let clock: any Clock<Duration>
    let grace: Duration

    private enum Event {
        case outputEnded
        case leaderEnded
        case limitReached
        case cancelled
        case graceOver
    }

    /// Watches until the command has ended.
    ///
    /// - Parameters:
    ///   - cancellations: its end asks for the command's.
    ///   - received: takes output.
    ///   - gaveUp: is told the ending of a command that survived SIGKILL; this then waits on.
    /// - Returns: why the command was killed; nil when it ended by itself.
    func run(
        limit: Duration, leftovers: Command.Leftovers, cancellations: AsyncStream<Never>,
        received: @escaping @Sendable (ArraySlice<UInt8>) -> Void, gaveUp: @Sendable (CommandResult.Ending) -> Void
    ) async -> CommandResult.Ending? {
        var verdict: CommandResult.Ending?
        var strays: [ProcessIdentity] = []
        await withTaskGroup(of: Event.self) { group in
            group.addTask { await readOutput(received) }
            group.addTask {
                await waitUntilReadable(leaderDescriptor)
                return .leaderEnded
            }
            group.addTask { await wait(limit, then: .limitReached) }
            group.addTask {
                for await _ in cancellations {}
                return .cancelled
            }
            var killed = false
            events: for await event in group {
                switch event {
                case .outputEnded: continue
                case .leaderEnded: break events
                case .limitReached, .cancelled:
                    guard verdict == nil else { continue }
                    verdict = event == .cancelled ? .cancelled : .timedOut(limit)
                    strays = await findStrays()
                    kill(-leader, SIGTERM)
                    // A stopped process acts on SIGTERM only once it runs.
                    kill(-leader, SIGCONT)
                    group.addTask { await wait(grace, then: .graceOver) }
                case .graceOver where !killed:
                    killed = true
                    await killAll(strays)
                    group.addTask { await wait(grace, then: .graceOver) }
                case .graceOver:
                    if let verdict { gaveUp(verdict) }
                }
            }
            group.cancelAll()
        }
        if verdict != nil {
            await killAll(strays)
        } else if leftovers == .killed {
            kill(-leader, SIGKILL)
        }
        // What it wrote last. Once only: what still writes now was left to live, and may never stop.
        if case .bytes(let bytes) = OutputPipe.read(output) { received(bytes) }
        return verdict
    }

    private func wait(_ duration: Duration, then event: Event) async -> Event {
        try? await clock.sleep(for: duration)
        return event
    }

    private func readOutput(_ received: (ArraySlice<UInt8>) -> Void) async -> Event {
        while !Task.isCancelled {
            switch OutputPipe.read(output) {
            case .bytes(let bytes):
                received(bytes)
                // A command that never stops writing is not to keep everybody else waiting.
                await Task.yield()
            case .nothingYet: await waitUntilReadable(output)
            case .end: return .outputEnded
            }
        }
        return .outputEnded
    }

    /// What the command started and put into a group or session of its own, as far as that can be told.
    private func findStrays() async -> [ProcessIdentity] {
        let table = await ProcessTable.current()
        let ofSession = table.processes.values.filter { $0.session == leader && $0.identity.pid != leader }
        return (ofSession + table.descendants(of: leader)).map(\.identity)
    }

    /// Kills the command's group, and what is not in it: strays seen before, and those there are now.
    private func killAll(_ strays: [ProcessIdentity]) async {
        kill(-leader, SIGKILL)
        // One that is gone, or is not ours to kill, needs no more of us.
        for process in Set(strays + (await findStrays())) { try? PidFD(process).send(SIGKILL) }
    }

    private func kill(_ target: pid_t, _ signal: CInt) { _ = Glibc.kill(target, signal) }
}
