internal import Glibc
internal import Logging
internal import MonitorCore
internal import MonitorIO

/// Finds what runs for a monitored process: what monitord itself has started for it, and what its pid file, a text in the command line, or its exact
/// name tells.
struct ProcessFinder: Sendable {
    private let records: LaunchRecords?

    /// - Parameter stateDirectory: where it is kept what was started, and as which user; nil for nowhere.
    init(stateDirectory: String? = nil) { records = stateDirectory.map(LaunchRecords.init) }

    /// Finds what runs now.
    ///
    /// The pid file goes first where one is configured. One that can't be believed but names a living process is a denial, unless that process is
    /// found in another way too: to go on without it would be to start a second copy. Where it names no living process the text or the name decides.
    /// The text, where configured, stands in place of the name, and holds for the pid file's process too.
    ///
    /// - Parameter search: where to look; nil for what runs now.
    func find(
        _ process: MonitoredProcess, in search: ProcessSearch? = nil, logger: Logger
    ) async -> ProcessSearch.Finding {
        let search = if let search { search } else { await ProcessSearch.current() }
        let (started, owner, reading) = await BlockingWork.run {
            (records?.started(process.name), knownOwner(of: process), process.settings.pidFile.map(PidFile.read))
        }
        let own = search.started(
            for: process.name, by: records?.stateDirectory ?? "", started,
            trusting: Set([0, geteuid(), owner].compactMap(\.self)))
        let criterion = process.settings.match.map(ProcessSearch.Criterion.commandLine) ?? .name(process.name)
        var finding = search.find(criterion)
        var means = process.settings.match == nil ? "name" : "match"
        var doubt: String?
        if let path = process.settings.pidFile, let reading {
            switch use(reading, path, process.settings.match, search, logger) {
            case .nothing: break
            case .doubtful(let pid, let reason):
                let known = (finding.set?.members ?? []) + own.members
                if !known.contains(where: { $0.identity.pid == pid }) { doubt = reason }
            case .process(let found): (finding, means) = (found, "pid_file")
            }
        }
        if let doubt {
            finding = .refused(doubt)
        } else if case .found(let set) = finding {
            finding = .found(set.union(own))
        }
        report(finding, means, own, logger)
        return finding
    }

    /// What a pid file tells.
    private enum Telling {
        case nothing
        case doubtful(pid_t, String)
        case process(ProcessSearch.Finding)
    }

    private func use(
        _ reading: PidFile.Reading, _ path: String, _ match: String?, _ search: ProcessSearch, _ logger: Logger
    ) -> Telling {
        switch reading {
        case .absent: return .nothing
        case .unusable(let reason):
            warn(path, reason, logger)
            return .nothing
        case .file(let file):
            guard let entry = search.living(file.pid) else { return .nothing }
            if let match, !entry.commandLineContains(match) {
                warn(path, "pid \(file.pid) doesn't match 'match'", logger)
                return .nothing
            }
            guard let reason = file.denial(of: entry, startedAt: entry.identity.startedAt) else {
                return .process(search.find(file.pid))
            }
            warn(path, reason, logger)
            return .doubtful(
                file.pid, "pid file '\(path.escapedForDisplay(limit: 60))' names pid \(file.pid), but \(reason)")
        }
    }

    private func warn(_ path: String, _ reason: String, _ logger: Logger) {
        logger.warning(
            "does not use a pid file",
            metadata: ["event": "process.pid_file_ignored", "file.path": "\(path)", "error.reason": "\(reason)"])
    }

    private func report(_ finding: ProcessSearch.Finding, _ means: String, _ own: ProcessSet, _ logger: Logger) {
        switch finding {
        case .refused(let reason):
            logger.debug(
                "denies to look for a process", metadata: ["event": "process.denied", "error.reason": "\(reason)"])
        case .found(let set):
            logger.debug(
                "looked for a process",
                metadata: [
                    "event": "process.sought", "process.means": "\(means)",
                    "process.started_here": "\(own.members.count)",
                    "process.pids": "\(set.members.prefix(20).map { "\($0.identity)" }.joined(separator: " "))",
                ])
        }
    }

    /// The user whose the process is, as far as that is known: the configured one, else, of one that is started as it was, the recorded one.
    ///
    /// A program of another user under its name is not the process, whatever it calls itself. Blocks.
    func knownOwner(of process: MonitoredProcess) -> UInt32? {
        if let user = process.settings.user { return (try? UserEntry.named(user))?.userID }
        guard process.settings.startCommand == nil else { return nil }
        return records?.recordedUser(of: process.name)
    }
}

// MARK: - The search

/// A search among the processes of the host, as a value: what is found, and what must not be touched.
struct ProcessSearch: Sendable {
    enum Criterion: Sendable, Equatable {
        /// ``ProcessEntry/isNamed(_:)``
        case name(ProcessName)
        /// ``ProcessEntry/commandLineContains(_:)``
        case commandLine(String)
    }

    enum Finding: Sendable, Equatable {
        case found(ProcessSet)
        /// What was meant is not to be touched, or can't be told for sure; a phrase.
        case refused(String)

        fileprivate var set: ProcessSet? {
            guard case .found(let set) = self else { return nil }
            return set
        }
    }

    /// All processes there are.
    let entries: [ProcessEntry]
    /// The daemon itself.
    let ownPID: pid_t
    /// The daemon and what it descends from.
    let ancestors: Set<pid_t>
    /// When they were read.
    var moment = ContinuousClock.now

    /// Finds by name or command line.
    ///
    /// The name of a protected process (PID 1, the daemon, its ancestors, kernel threads) is refused. A match by command
    /// line skips protected processes instead, and the tools of operators.
    func find(_ criterion: Criterion) -> Finding {
        switch criterion {
        case .commandLine(let text):
            return .found(
                ProcessSet(
                    candidates.filter {
                        protection(of: $0) == nil && $0.commandLineContains(text) && !$0.isOperatorsTool
                    }))
        case .name(let name):
            let named = candidates.filter { $0.isNamed(name) }
            for entry in named {
                if let reason = protection(of: entry) { return .refused(reason) }
            }
            return .found(ProcessSet(named))
        }
    }

    /// A process known by its pid, with those it started that run the same program: the workers of a server.
    func find(_ pid: pid_t) -> Finding {
        guard let leader = living(pid) else { return .found(ProcessSet([])) }
        if let reason = protection(of: leader) { return .refused(reason) }
        let descendants = Set(ProcessTable(entries.lazy.map(\.stat)).descendants(of: pid).map(\.identity))
        let workers = candidates.filter { entry in
            descendants.contains(entry.identity) && entry.executable == leader.executable
                && protection(of: entry) == nil
        }
        return .found(ProcessSet([leader] + workers))
    }

    /// What monitord has started for a process, and what that has started since: known by its unit, its mark, and its session.
    ///
    /// - Parameters:
    ///   - home: the daemon's state directory.
    ///   - started: what was started last, as it was recorded.
    ///   - users: those whose marks are believed without a token: the others could have written theirs themselves.
    func started(
        for name: ProcessName, by home: String, _ started: StartedProcess?, trusting users: Set<UInt32>
    ) -> ProcessSet {
        let leader = started.flatMap { started in
            living(started.identity.pid).flatMap { $0.identity == started.identity ? $0 : nil }
        }
        return ProcessSet(
            candidates.filter { entry in
                guard protection(of: entry) == nil, entry.mark.map({ $0.home == home }) ?? true else { return false }
                if entry.isInUnit(startedFor: name) { return true }
                if let leader, entry.stat.session == leader.identity.pid { return true }
                // What has a terminal was started from within by an operator: a shell of a server for logins.
                guard let mark = entry.mark, mark.name == name, !entry.stat.hasTerminal else { return false }
                return mark.token == started?.token || users.isSuperset(of: entry.status.userIDs)
            })
    }

    /// The pid of what a user already runs by that very command, word for word; nil where there is none, or where the command is more than a
    /// program and its arguments.
    func runs(_ command: String, as user: UInt32) -> pid_t? {
        guard !command.contains(where: { "\"'\\$`&|;<>(){}[]*?#~\n".contains($0) }) else { return nil }
        var words = command.split(separator: " ").map { Array($0.utf8) }
        if words.first == Array("exec".utf8) { words.removeFirst() }
        // A mere name says too little: any user's shell may be called so.
        guard words.count > 1 else { return nil }
        return candidates.first { entry in
            // Of what bears a mark it is known for which process it was started.
            guard Set(entry.status.userIDs) == [user], entry.mark == nil, protection(of: entry) == nil else {
                return false
            }
            // A script stands behind its interpreter.
            return [entry.arguments, Array(entry.arguments.dropFirst())].contains { arguments in
                arguments.first?.lastPathComponent == words[0].lastPathComponent
                    && arguments.dropFirst().elementsEqual(words.dropFirst())
            }
        }?.identity.pid
    }

    /// The living process that has a pid.
    func living(_ pid: pid_t) -> ProcessEntry? { candidates.first { $0.identity.pid == pid } }

    /// What runs, and not in a container's pid namespace.
    private var candidates: some Sequence<ProcessEntry> {
        entries.lazy.filter { $0.stat.isAlive && !$0.status.isInNestedNamespace }
    }

    private func protection(of entry: ProcessEntry) -> String? {
        switch entry.identity.pid {
        case ownPID: "pid \(ownPID) is this daemon itself"
        case 1: "it is PID 1"
        case let pid where ancestors.contains(pid): "pid \(pid) is an ancestor of this daemon"
        case let pid where entry.stat.isKernelThread: "pid \(pid) is a kernel thread"
        default: nil
        }
    }
}

extension ProcessSearch {
    private static let shared = CoalescedRead {
        let table = ProcessTable.read()
        return ProcessSearch(
            entries: table.processes.values.compactMap(ProcessEntry.init(reading:)), ownPID: getpid(),
            ancestors: table.ancestors(of: getpid()))
    }

    /// A search among what runs now; as for ``ProcessTable/current()``, one reading may serve several.
    static func current() async -> ProcessSearch { await shared.value() }
}

// MARK: - What is found

/// The processes that run under one name.
struct ProcessSet: Sendable, Equatable {
    /// In the order in which they started.
    let members: [ProcessEntry]

    init(_ members: some Sequence<ProcessEntry>) {
        self.members = members.sorted {
            ($0.identity.startTime, $0.identity.pid) < ($1.identity.startTime, $1.identity.pid)
        }
    }

    var isEmpty: Bool { members.isEmpty }

    /// Those that no other member started: of a server with workers, the server.
    var roots: [ProcessEntry] {
        let pids = Set(members.map(\.identity.pid))
        return members.filter { !pids.contains($0.stat.parent) }
    }

    func union(_ other: ProcessSet) -> ProcessSet {
        let known = Set(members.map(\.identity))
        return ProcessSet(members + other.members.filter { !known.contains($0.identity) })
    }

    /// Those that are a user's or root's, with what they have started; all where no user is known.
    func owned(by uid: UInt32?) -> ProcessSet {
        guard let uid else { return self }
        var kept: [ProcessEntry] = []
        var pids: Set<pid_t> = []
        // A server of root's may have workers that are another user's.
        for entry in members where pids.contains(entry.stat.parent) || Set(entry.status.userIDs).isSubset(of: [0, uid])
        {
            kept.append(entry)
            pids.insert(entry.identity.pid)
        }
        return ProcessSet(kept)
    }
}
