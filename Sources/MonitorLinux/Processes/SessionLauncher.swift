internal import Glibc
public import MonitorCore
internal import MonitorIO
internal import Subprocess
internal import Synchronization
internal import SystemPackage

/// Starts programs in a session of their own: for hosts without systemd.
///
/// What it starts shares nothing with the daemon that could take it along when the daemon ends, however that ends: no
/// session, no terminal, no pipe. While the daemon lives it reaps it. A control group it does share: a service manager
/// that kills whole groups takes both, so where there is one its own way of starting is to be used.
public struct SessionLauncher: ProcessLauncher {
    private let clock: any Clock<Duration>
    private let settling: Duration

    /// - Parameter settling: how long a program is watched for an early end.
    public init(clock: any Clock<Duration> = ContinuousClock(), settling: Duration = .milliseconds(500)) {
        self.clock = clock
        self.settling = settling
    }

    private enum Event: Sendable {
        case running(pid_t)
        case ended(CommandResult.Ending)
        case notStarted(String)
    }

    public func start(_ launch: LaunchSpec, for name: ProcessName) async -> RestartResult {
        if let reason = launch.credentials?.obstacle { return .failed("cannot start \(name): \(reason)") }
        let (events, report) = AsyncStream.makeStream(of: Event.self)
        // Not a part of this call: it lives as long as the program, whose end it waits for to reap it.
        Task { await Self.run(launch, report) }
        switch await next(of: events, within: StuckSpawn.limit) {
        case .finished(.running(let pid)): return await settle(events, pid, name)
        case .finished(.notStarted(let reason)): return .failed("cannot start \(name): \(reason)")
        case .finished(.ended(let ending)): return Self.judge(ending, name)
        case .finished(nil), .timeOver:
            await StuckSpawn.end()
            return .failed("cannot start \(name): the system didn't execute it in time")
        case .cancelled: return .interrupted("interrupted while \(name) was being started")
        }
    }

    private func settle(_ events: AsyncStream<Event>, _ pid: pid_t, _ name: ProcessName) async -> RestartResult {
        switch await next(of: events, within: settling) {
        case .finished(.ended(let ending)): Self.judge(ending, name)
        case .cancelled: .interrupted("interrupted after \(name) was started, pid \(pid)")
        case .finished, .timeOver: .restarted("\(name) started, pid \(pid)")
        }
    }

    private static func judge(_ ending: CommandResult.Ending, _ name: ProcessName) -> RestartResult {
        ending == .exited(0) ? .restarted("\(name) started") : .failed("cannot start \(name): it \(ending) at once")
    }

    private func next(of events: AsyncStream<Event>, within limit: Duration) async -> LimitedWait<Event?> {
        await clock.wait(atMost: limit) { await events.first { _ in true } }
    }

    private static func run(_ launch: LaunchSpec, _ report: AsyncStream<Event>.Continuation) async {
        do {
            let opened = try OwnedDescriptor(opening: "/dev/null", O_RDWR)
            let stream = FileDescriptor(rawValue: opened.rawValue)
            let null = Mutex<OwnedDescriptor?>(opened)
            let result = try await Subprocess.run(
                launch.subprocess,
                input: .fileDescriptor(stream, closeAfterSpawningProcess: false),
                output: .fileDescriptor(stream, closeAfterSpawningProcess: false),
                error: .fileDescriptor(stream, closeAfterSpawningProcess: false)
            ) { execution in
                // The program has its own by now, and may run for years.
                null.withLock { $0 = nil }
                _ = report.yield(.running(execution.processIdentifier.value))
            }
            report.yield(.ended(CommandResult.Ending(result.terminationStatus)))
        } catch let error as SubprocessError {
            report.yield(.notStarted(error.reason))
        } catch let error as SystemError {
            report.yield(.notStarted(error.reason))
        } catch {
            report.yield(.notStarted("\(error)"))
        }
    }
}
