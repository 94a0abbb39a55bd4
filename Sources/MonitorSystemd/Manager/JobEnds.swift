internal import MonitorIO

/// A job of systemd's that is being watched.
struct Job: Sendable {
    /// Its object path, which is never used again while systemd runs.
    var path: String
    /// How it ended: `done`, `failed`, `canceled`…
    var end: Arrival<String>
}

/// Who waits for the end of which job.
///
/// For the bus's queue alone.
final class JobEnds {
    private let queue: QueueExecutor
    private var watched: [String: [Arrival<String>]] = [:]

    init(on queue: QueueExecutor) { self.queue = queue }

    func watch(_ path: String) -> Job {
        let end = Arrival<String>(on: queue)
        watched[path, default: []].append(end)
        return Job(path: path, end: end)
    }

    func ended(_ path: String, with result: String) {
        for end in watched.removeValue(forKey: path) ?? [] { end.arrive(result) }
    }
}
