internal import Glibc
internal import Logging
internal import MonitorCore
internal import MonitorIO

/// Finds what runs under the name of a monitored process: by its pid file, by a text in the command line, or by its
/// exact name.
struct ProcessFinder: Sendable {
    /// Looks at what runs now.
    ///
    /// The pid file goes first where one is configured; when it names no living process, or can't be believed, the text
    /// or the name decides. The text, where configured, stands in place of the name, and holds for the pid file's
    /// process too.
    func find(_ process: MonitoredProcess, logger: Logger) async -> ProcessSearch.Finding {
        let search = await ProcessSearch.current()
        let criterion = process.settings.match.map(ProcessSearch.Criterion.commandLine) ?? .name(process.name)
        guard let path = process.settings.pidFile else { return search.find(criterion) }
        switch await BlockingWork.run({ PidFile.read(path) }) {
        case .absent:
            break
        case .untrusted(let reason):
            warn(path, reason, logger)
        case .file(let file):
            guard let entry = search.entries.first(where: { $0.identity.pid == file.pid }) else { break }
            if let reason = objection(to: file, entry, process.settings.match) {
                warn(path, reason, logger)
                break
            }
            let finding = search.find(file.pid)
            if case .found(let set) = finding, set.isEmpty { break }
            return finding
        }
        return search.find(criterion)
    }

    private func objection(to file: PidFile, _ entry: ProcessEntry, _ match: String?) -> String? {
        if let match, !entry.commandLineContains(match) { return "pid \(file.pid) doesn't match 'match'" }
        return file.objection(to: entry, startedAt: entry.identity.startedAt)
    }

    private func warn(_ path: String, _ reason: String, _ logger: Logger) {
        logger.warning(
            "The pid file is not used.",
            metadata: ["event": "process.pid_file_ignored", "file.path": "\(path)", "error.reason": "\(reason)"])
    }
}
