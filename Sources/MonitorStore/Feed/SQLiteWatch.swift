internal import Glibc
internal import MonitorCore

/// Sees changes of an embedded database by those of its files.
///
/// It watches their directory, so that a file that takes another's place is seen too. Writes of the daemon itself are
/// seen as those of others; a poll writes nothing, so no poll leads to another.
final class SQLiteWatch: AlarmWatch {
    private let path: String
    private let voice: FeedVoice

    init(path: String, voice: FeedVoice) {
        self.path = path
        self.voice = voice
    }

    func run(_ pollNow: @escaping @Sendable () -> Void) async {
        await PollPacer.run(pollNow) { notice in await self.keepFollowing(notice) }
    }

    /// Gives notice of each change, and whenever changes may have been missed.
    func keepFollowing(_ notice: @escaping @Sendable () -> Void) async {
        var backoff = Backoff()
        while !Task.isCancelled {
            do throws(FeedError) {
                let directory = try WatchedDirectory(ofFile: path)
                voice.opened(path, shortcoming: nil)
                backoff.succeeded()
                try await follow(directory, notice)
            } catch {
                voice.failed(error)
            }
            try? await Task.sleep(for: backoff.next(random: .random(in: 0...1)))
        }
    }

    private func follow(_ directory: borrowing WatchedDirectory, _ notice: () -> Void) async throws(FeedError) {
        notice()
        while !Task.isCancelled {
            await directory.wait()
            if try directory.hasChanged() { notice() }
        }
    }
}
