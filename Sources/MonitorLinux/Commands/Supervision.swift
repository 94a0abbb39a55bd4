internal import Glibc
internal import MonitorCore
internal import MonitorIO

/// The watch over one running command: reads its output, keeps its limit, ends all that it started.
///
/// It works while the command's own process, once ended, is not reaped yet. Until then the kernel gives its pid to
/// no other process, so that the number still means this group and this session.
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
        limit: Duration, orphans: Command.Orphans, cancellations: AsyncStream<Never>,
        received: @escaping @Sendable (ArraySlice<UInt8>) -> Void, gaveUp: @Sendable (CommandResult.Ending) -> Void
    ) async -> CommandResult.Ending? {
        var verdict: CommandResult.Ending?
        var orphaned: [ProcessIdentity] = []
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
                    orphaned = await findOrphans()
                    kill(-leader, SIGTERM)
                    // A stopped process acts on SIGTERM only once it runs.
                    kill(-leader, SIGCONT)
                    group.addTask { await wait(grace, then: .graceOver) }
                case .graceOver where !killed:
                    killed = true
                    await killAll(orphaned)
                    group.addTask { await wait(grace, then: .graceOver) }
                case .graceOver:
                    if let verdict { gaveUp(verdict) }
                }
            }
            group.cancelAll()
        }
        if verdict != nil {
            await killAll(orphaned)
        } else if orphans == .killed {
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
                // A command that never stops writing must not keep other tasks waiting.
                await Task.yield()
            case .nothingYet: await waitUntilReadable(output)
            case .end: return .outputEnded
            }
        }
        return .outputEnded
    }

    /// What the command started and put into a group or session of its own, as far as that can be told.
    private func findOrphans() async -> [ProcessIdentity] {
        let table = await ProcessTable.current()
        let ofSession = table.processes.values.filter { $0.session == leader && $0.identity.pid != leader }
        return (ofSession + table.descendants(of: leader)).map(\.identity)
    }

    /// Kills the command's group, and what is not in it: orphaned seen before, and those there are now.
    private func killAll(_ orphaned: [ProcessIdentity]) async {
        kill(-leader, SIGKILL)
        // Processes that have exited, or that the daemon may not signal, are ignored.
        for process in Set(orphaned + (await findOrphans())) { try? PidFD(process).send(SIGKILL) }
    }

    private func kill(_ target: pid_t, _ signal: CInt) { _ = Glibc.kill(target, signal) }
}

/// The pipe that a command writes to.
struct OutputPipe: ~Copyable {
    private let reading: OwnedDescriptor
    private var writing: OwnedDescriptor?

    init() throws(SystemError) {
        var ends: [CInt] = [-1, -1]
        guard pipe(&ends) == 0 else { throw SystemError("pipe") }
        let reading = try OwnedDescriptor(ends[0], from: "pipe")
        let writing = try OwnedDescriptor(ends[1], from: "pipe")
        // Swift doesn't see pipe2(2). A program started meanwhile gets neither end: all but three are closed for it.
        for end in ends where fcntl(end, F_SETFD, FD_CLOEXEC) != 0 { throw SystemError("fcntl") }
        // Of our end only: a command may expect to wait when it writes.
        guard fcntl(ends[0], F_SETFL, O_NONBLOCK) == 0 else { throw SystemError("fcntl") }
        self.reading = reading
        self.writing = consume writing
    }

    var readEnd: CInt { reading.rawValue }

    /// -1 once it is closed.
    var writeEnd: CInt {
        switch writing {
        case .some(let descriptor): descriptor.rawValue
        case nil: -1
        }
    }

    /// Leaves writing to the command, so that its end is the end of the output.
    mutating func closeWriteEnd() { writing = nil }

    /// What a pipe holds unless a program asks for more (`pipe(7)`).
    private static let capacity = 65536

    enum Reading {
        case bytes(ArraySlice<UInt8>)
        case nothingYet
        case end
    }

    /// Reads what the pipe holds, without waiting.
    static func read(_ readEnd: CInt) -> Reading {
        var chunk = [UInt8](repeating: 0, count: capacity)
        let count = Glibc.read(readEnd, &chunk, chunk.count)
        if count < 0, errno == EAGAIN || errno == EINTR { return .nothingYet }
        return count > 0 ? .bytes(chunk[..<count]) : .end
    }
}
