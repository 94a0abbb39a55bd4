// Dispatch on Linux does not declare yet that its queues may be shared.
@preconcurrency internal import Dispatch
internal import MonitorCore

/// Sees alarms in the binary log of a MariaDB or MySQL server, when their transactions are committed.
///
/// It reads on a thread of its own, and begins at the end of the log each time it connects: what is older is seen by
/// the poll that follows. So a server that restarts, or another one that takes its place, leaves no gap.
final class BinlogWatch: AlarmWatch {
    struct Timing {
        /// How often the server says that it is alive.
        var heartbeat: Duration = .seconds(10)
        /// How long it may be silent.
        var silence: Duration = .seconds(25)
        /// The first pause before it connects again after a permanent error; each try costs the server a connection.
        var patience: Duration = .seconds(30)
    }

    private let settings: DatabaseSettings
    private let password: DatabasePassword
    private let timing: Timing
    private let voice: FeedVoice
    /// Drawn once: a server that has not noticed yet that a connection of ours is gone ends it when we come again,
    /// and takes no other daemon for us.
    private let readerID = BinlogWatch.anyReaderID
    static var anyReaderID: UInt32 { .random(in: 1 << 31 ... .max) }
    private let queue = DispatchQueue(label: "monitor.feed")

    init(_ settings: DatabaseSettings, password: DatabasePassword, timing: Timing = Timing(), voice: FeedVoice) {
        var settings = settings
        settings.queryTimeout = timing.silence
        self.settings = settings
        self.password = password
        self.timing = timing
        self.voice = voice
    }

    func run(_ pollNow: @escaping @Sendable () -> Void) async {
        await PollPacer.run(pollNow) { notice in await self.keepFollowing(notice) }
    }

    /// Gives notice of each change that may be an alarm, and whenever changes may have been missed.
    func keepFollowing(_ notice: @escaping @Sendable () -> Void) async {
        var passing = Backoff()
        var lasting = Backoff(first: timing.patience, cap: timing.patience * 20)
        while let end = await followOnThread(notice), !Task.isCancelled {
            if end.hadBegun {
                passing.succeeded()
                lasting.succeeded()
            }
            guard let error = end.error else { continue }
            voice.failed(error)
            let random = Double.random(in: 0...1)
            let pause = error.isLasting ? lasting.next(random: random) : passing.next(random: random)
            do { try await Task.sleep(for: pause) } catch { return }
        }
    }

    /// How following the log ended.
    private struct End: Sendable {
        /// Nil when it ended to begin anew.
        var error: FeedError?
        var hadBegun = false
    }

    /// Follows the log until the connection breaks; returns nil at once when the task is cancelled.
    private func followOnThread(_ notice: @escaping @Sendable () -> Void) async -> End? {
        let interruption = Interruption()
        let (ends, ending) = AsyncStream.makeStream(of: End.self)
        // Where the thread is still connecting, it ends by itself within the connect timeout; no caller waits for it.
        ending.onTermination = { _ in interruption.interrupt() }
        queue.async {
            ending.yield(self.follow(interruption, notice))
            ending.finish()
        }
        return await ends.first { _ in true }
    }

    private func follow(_ interruption: Interruption, _ notice: () -> Void) -> End {
        var end = End()
        do throws(FeedError) {
            let stream = try BinlogStream(settings, password: password)
            try interruption.guarding(stream.socket) { () throws(FeedError) -> Void in
                var decoder = try stream.start(
                    as: readerID, heartbeat: timing.heartbeat, waits: true)
                while let event = try stream.next() {
                    if stream.isBloated, BinlogDecoder.isHeartbeat(event) { return }
                    if !end.hadBegun {
                        end.hadBegun = true
                        voice.opened(stream.server, shortcoming: stream.survey.shortcoming)
                        notice()
                    }
                    if decoder.take(event) { notice() }
                    if decoder.needsColumn { decoder.learn(askForColumn()) }
                }
                throw FeedError(SQLError(.unreachable, reason: "the server has ended the stream"))
            }
        } catch {
            end.error = error
        }
        return end
    }

    /// Where `alarma` is now: asked on another connection, since on that of the log nothing can be asked any more.
    private func askForColumn() -> BinlogDecoder.AlarmColumn? {
        do {
            let connection = try password.connect(settings)
            return try BinlogDecoder.AlarmColumn(of: TableSurvey(connection).requiredApplication.status, connection)
        } catch {
            return nil  // Then every new row calls for a poll.
        }
    }
}
