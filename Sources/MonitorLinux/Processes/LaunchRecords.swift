internal import Glibc
internal import Logging
internal import MonitorCore
internal import MonitorIO

/// How processes were started when they were last seen running, kept in files, so that a daemon killed between the
/// stop and the start of a process can start it when it is back.
///
/// One file a process, `relaunch/NAME` below the state directory, renewed at every restart and kept: a process that
/// dies by itself is started as it was then. As the files say what root runs, one that anybody else owns or can read is
/// not used.
struct LaunchRecords: Sendable {
    let stateDirectory: String

    /// A record holds a command line and an environment; the kernel allows 6 MB for both.
    private static let limit = 16 << 20

    /// Stores a launch, whole or not at all. Blocks.
    func store(_ launch: LaunchSpec, for name: ProcessName) throws(SystemError) {
        if mkdir(path, 0o700) != 0, errno != EEXIST { throw SystemError("mkdir") }
        let directory = try openDirectory()
        // No process's name begins with a dot, so no record is in the way of another's.
        let temporary = ".\(name.rawValue)"
        if unlinkat(directory.rawValue, temporary, 0) != 0, errno != ENOENT { throw SystemError("unlink") }
        let file = try directory.opening(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW)
        try file.write(launch.encoded)
        guard fsync(file.rawValue) == 0 else { throw SystemError("fsync") }
        guard renameat(directory.rawValue, temporary, directory.rawValue, name.rawValue) == 0 else {
            throw SystemError("rename")
        }
        guard fsync(directory.rawValue) == 0 else { throw SystemError("fsync") }
    }

    /// The launch stored for a process; nil where there is none that can be used. Blocks.
    func load(_ name: ProcessName, logger: Logger) -> LaunchSpec? {
        do {
            let file = try openDirectory().opening(name.rawValue, O_RDONLY | O_NOFOLLOW | O_NONBLOCK)
            let status = try file.status()
            guard status.st_mode & S_IFMT == S_IFREG, status.st_uid == geteuid() else {
                throw LaunchRecordError("it belongs to another user")
            }
            guard status.st_mode & 0o077 == 0 else { throw LaunchRecordError("others can read or write it") }
            return try LaunchSpec(encoded: try file.read(limit: Self.limit))
        } catch let error as SystemError where error.code == ENOENT {
            return nil
        } catch {
            logger.warning(
                "The record of how a process was started is not used.",
                metadata: [
                    "event": "process.record_ignored", "process.name": "\(name)",
                    "file.path": "\(path)/\(name)", "error.reason": "\(error)",
                ])
            return nil
        }
    }

    private var path: String { "\(stateDirectory)/relaunch" }

    private func openDirectory() throws(SystemError) -> OwnedDescriptor {
        let directory = try OwnedDescriptor(opening: path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
        let status = try directory.status()
        guard status.st_uid == geteuid(), status.st_mode & (S_IWGRP | S_IWOTH) == 0 else {
            throw SystemError("open", code: EPERM)
        }
        return directory
    }
}
