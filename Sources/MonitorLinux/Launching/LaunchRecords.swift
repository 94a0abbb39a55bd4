internal import Glibc
internal import Logging
internal import MonitorCore
internal import MonitorIO

/// How processes were started when they were last seen running, and what was started for them last, kept in files: a daemon killed between the stop
/// and the start of a process can start it when it is back, and knows again what it has started.
///
/// Two files a process, `relaunch/NAME` and `started/NAME` below the state directory, renewed at every restart and kept: a process that dies by itself
/// is started as it was then. As the files say what root runs and what root kills, one that another user owns or can read is not used.
struct LaunchRecords: Sendable {
    let stateDirectory: String

    /// A record holds a command line and an environment; the kernel allows 6 MB for both.
    private static let limit = 16 << 20

    private var launches: RecordDirectory { RecordDirectory(path: "\(stateDirectory)/relaunch") }
    private var starts: RecordDirectory { RecordDirectory(path: "\(stateDirectory)/started") }

    /// Stores a launch, whole or not at all. Blocks.
    func store(_ launch: LaunchSpec, for name: ProcessName) throws(SystemError) {
        try launches.write(launch.encoded, to: name)
    }

    /// The launch stored for a process; nil where there is none that can be used. Blocks.
    func load(_ name: ProcessName, logger: Logger) -> LaunchSpec? {
        do {
            return try launches.read(name, limit: Self.limit).map { bytes throws(LaunchRecordError) in
                try LaunchSpec(encoded: bytes)
            }
        } catch {
            logger.warning(
                "does not use the record of how a process was started",
                metadata: [
                    "event": "process.record_ignored", "process.name": "\(name)",
                    "file.path": "\(launches.path)/\(name)", "error.reason": "\(error)",
                ])
            return nil
        }
    }

    /// The user that a process was last seen to run as, where that is known. Blocks.
    func recordedUser(of name: ProcessName) -> UInt32? {
        guard let bytes = try? launches.read(name, limit: Self.limit) else { return nil }
        return (try? LaunchSpec(encoded: bytes))?.credentials?.uid
    }

    /// Remembers what was started. Blocks.
    func store(_ started: StartedProcess, for name: ProcessName) throws(SystemError) {
        try starts.write(started.encoded, to: name)
    }

    /// What was started last for a process, since the host was booted; nil where there is no record that can be used. Blocks.
    func started(_ name: ProcessName) -> StartedProcess? {
        (try? starts.read(name, limit: 4096)).flatMap { StartedProcess(encoded: $0) }
    }
}

/// A process that monitord has started: its first one, which leads a session, and the token of its mark.
struct StartedProcess: Sendable, Equatable {
    var identity: ProcessIdentity
    var token: String

    init(identity: ProcessIdentity, token: String) {
        self.identity = identity
        self.token = token
    }

    private static let header = "monitor-started 1"

    /// A line of blanks between words: the form's version, the boot, pid, start time, token.
    var encoded: [UInt8] {
        Array("\(Self.header) \(DaemonIdentity.boot) \(identity.pid) \(identity.startTime) \(token)\n".utf8)
    }

    /// nil for what is of another boot, or no such line.
    init?(encoded bytes: [UInt8]) {
        let words = String(decoding: bytes, as: UTF8.self).split { $0 == " " || $0 == "\n" }
        guard bytes.last == UInt8(ascii: "\n"), words.count == 6, words[..<2].joined(separator: " ") == Self.header,
            words[2] == DaemonIdentity.boot,
            let pid = pid_t(words[3]), pid > 1, let startTime = UInt64(words[4])
        else { return nil }
        identity = ProcessIdentity(pid: pid, startTime: startTime)
        token = String(words[5])
    }
}

/// A directory with one file a process, which are the daemon's alone.
private struct RecordDirectory {
    let path: String

    /// Writes a file, whole or not at all.
    func write(_ bytes: [UInt8], to name: ProcessName) throws(SystemError) {
        try makeDirectories(path, mode: 0o700)
        let directory = try open()
        // No process's name begins with a dot, so no record is in the way of another's.
        let temporary = ".\(name.rawValue)"
        if unlinkat(directory.rawValue, temporary, 0) != 0, errno != ENOENT { throw SystemError("unlink") }
        let file = try directory.opening(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW)
        try file.write(bytes)
        guard fsync(file.rawValue) == 0 else { throw SystemError("fsync") }
        guard renameat(directory.rawValue, temporary, directory.rawValue, name.rawValue) == 0 else {
            throw SystemError("rename")
        }
        guard fsync(directory.rawValue) == 0 else { throw SystemError("fsync") }
    }

    /// The bytes of a file; nil where there is none.
    func read(_ name: ProcessName, limit: Int) throws -> [UInt8]? {
        do {
            let file = try open().opening(name.rawValue, O_RDONLY | O_NOFOLLOW | O_NONBLOCK)
            let status = try file.status()
            guard status.st_mode & S_IFMT == S_IFREG, status.st_uid == geteuid() else {
                throw LaunchRecordError("it belongs to another user")
            }
            guard status.st_mode & 0o077 == 0 else { throw LaunchRecordError("others can read or write it") }
            return try file.read(limit: limit)
        } catch let error as SystemError where error.code == ENOENT {
            return nil
        }
    }

    private func open() throws(SystemError) -> OwnedDescriptor {
        let directory = try OwnedDescriptor(opening: path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
        let status = try directory.status()
        guard status.st_uid == geteuid(), status.st_mode & (S_IWGRP | S_IWOTH) == 0 else {
            throw SystemError("open", code: EPERM)
        }
        return directory
    }
}
