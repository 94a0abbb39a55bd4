internal import Glibc
package import MonitorCore
internal import MonitorIO
internal import Subprocess
internal import Synchronization
internal import SystemPackage

/// Runs command lines of the configuration, within their limits, and leaves nothing of them behind.
///
/// A command runs in a session of its own with `/dev/null` to read from, a clean environment and no descriptor but the
/// standard three. It gets no thread, and its output is read as it comes, so that it neither stalls nor fills memory.
package struct CommandRunner: Sendable {
    private let clock: any Clock<Duration>
    private let grace: Duration

    /// - Parameter grace: how long a command that is to end may take to do so, after SIGTERM, before it gets SIGKILL;
    ///   and how long the system may take to carry that out.
    package init(clock: any Clock<Duration> = ContinuousClock(), grace: Duration = .seconds(2)) {
        self.clock = clock
        self.grace = grace
    }

    /// Runs a command and waits for its end: not for that of processes it left in the background, nor for its output
    /// beyond it.
    ///
    /// At its limit, and when the task is cancelled, the whole group of the command gets SIGTERM, and what is alive of
    /// its group, session and descendants after the grace, or once the command itself has ended, gets SIGKILL. A
    /// command that not even that ends (it hangs in the kernel) is given up after another grace.
    ///
    /// It never throws: that a command can't be started, for want of processes or descriptors too, is a result.
    package func run(_ command: Command) async -> CommandResult {
        let (cancellations, cancellation) = AsyncStream.makeStream(of: Never.self)
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let reply = Reply(continuation)
                // Unstructured on purpose: on cancellation swift-subprocess kills the leader alone, not its group. It outlives this call where a command can't be killed.
                let timeout = Task { await giveUpUnstarted(reply) }
                Task { await run(command, until: cancellations, reply, started: { timeout.cancel() }) }
            }
        } onCancel: {
            cancellation.finish()
        }
    }

    /// Answers for a command that is not executed in time; does nothing when it is cancelled before.
    private func giveUpUnstarted(_ reply: Reply) async {
        guard (try? await clock.sleep(for: StuckSpawn.limit)) != nil else { return }
        await StuckSpawn.end()
        reply.send(CommandResult(.couldNotStart("the system didn't execute it in time")))
    }

    private func run(
        _ command: Command, until cancellations: AsyncStream<Never>, _ reply: Reply, started: @Sendable () -> Void
    ) async {
        // Also where it could not be started at all.
        defer { started() }
        let begin = ContinuousClock.now
        let output = Mutex(CommandOutput())
        @Sendable func answer(_ ending: CommandResult.Ending) {
            reply.send(
                CommandResult(ending, output: output.withLock { $0 }, duration: begin.duration(to: .now)))
        }
        if let reason = command.launch.credentials?.denial { return answer(.couldNotStart(reason)) }
        do {
            let source = try OwnedDescriptor(opening: "/dev/null", O_RDONLY)
            var pipe = try OutputPipe()
            let sink = FileDescriptor(rawValue: pipe.writeEnd)
            let run = try await Subprocess.run(
                command.launch.subprocess,
                input: .fileDescriptor(FileDescriptor(rawValue: source.rawValue), closeAfterSpawningProcess: false),
                output: .fileDescriptor(sink, closeAfterSpawningProcess: false),
                error: .fileDescriptor(sink, closeAfterSpawningProcess: false)
            ) { execution in
                started()
                pipe.closeWriteEnd()
                let leader = execution.processIdentifier
                let supervision = Supervision(
                    leader: leader.value, leaderDescriptor: leader.processDescriptor, output: pipe.readEnd,
                    clock: clock, grace: grace)
                return await supervision.run(
                    limit: command.limit, orphans: command.orphans, cancellations: cancellations,
                    received: { bytes in output.withLock { $0.append(bytes) } }, gaveUp: { answer($0) })
            }
            answer(run.closureResult ?? CommandResult.Ending(run.terminationStatus))
        } catch let error as SubprocessError {
            answer(.couldNotStart(error.reason))
        } catch let error as SystemError {
            answer(.couldNotStart(error.reason))
        } catch {
            answer(.couldNotStart("\(error)"))
        }
    }
}

/// Answers a caller once.
private final class Reply: Sendable {
    private let continuation: Mutex<CheckedContinuation<CommandResult, Never>?>

    init(_ continuation: CheckedContinuation<CommandResult, Never>) {
        self.continuation = Mutex(continuation)
    }

    func send(_ result: CommandResult) {
        continuation.withLock { $0.take() }?.resume(returning: result)
    }
}

extension CommandRunner {
    /// Runs the `pre_restart_command` of a process.
    ///
    /// - Returns: nil when it succeeded, or when there is none; else how it failed, a phrase.
    package func prepare(_ process: MonitoredProcess) async -> String? {
        guard let template = process.settings.preRestartCommand else { return nil }
        let text = template.rendered(for: process.name)
        let result = await run(Command(text, limit: process.settings.commandTimeout, name: process.name))
        return result.succeeded ? nil : result.phrase(for: "pre_restart_command")
    }
}
