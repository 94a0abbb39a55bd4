import Glibc
import MonitorConfig
import MonitorIO

/// Why the daemon can't start; a sentence for stderr.
struct DaemonError: Error, CustomStringConvertible {
    var description: String
    init(_ description: String) { self.description = description }
}

extension StatePaths {
    /// Makes the directories that the daemon needs, for its user alone.
    func makeDirectories() throws(DaemonError) {
        for directory in [stateDirectory, runtimeDirectory, database.parentDirectory] {
            do {
                try MonitorIO.makeDirectories(directory, mode: 0o700)
            } catch {
                throw DaemonError("cannot create directory '\(directory)': \(error.reason)")
            }
        }
    }

    /// Where the wake socket is, and what a restarted process gets from the daemon while it starts.
    var runtimeDirectory: String { wakeSocket.parentDirectory }
}

extension String {
    /// The directory that a path is in.
    fileprivate var parentDirectory: String {
        guard let slash = lastIndex(of: "/"), slash != startIndex else { return "/" }
        return String(self[..<slash])
    }
}

/// Held while a daemon serves a state directory, so that no second one does: two would restart one process twice.
///
/// The kernel releases it when the daemon ends, however it ends.
final class InstanceLock: Sendable {
    private let file: OwnedDescriptor

    init(path: String) throws(DaemonError) {
        do {
            file = try OwnedDescriptor(opening: path, O_RDWR | O_CREAT | O_NOFOLLOW)
        } catch {
            throw DaemonError("cannot open the lock '\(path)': \(error.reason)")
        }
        guard flock(file.rawValue, LOCK_EX | LOCK_NB) == 0 else {
            throw DaemonError("cannot start: monitord runs already\(Self.holder(of: file)), and holds '\(path)'")
        }
        ftruncate(file.rawValue, 0)
        // For the message of another daemon only.
        try? file.write(Array("\(getpid())\n".utf8))
    }

    private static func holder(of file: borrowing OwnedDescriptor) -> String {
        guard let bytes = try? file.read(limit: 16),
            let pid = Int32(String(decoding: bytes, as: UTF8.self).filter(\.isNumber))
        else { return "" }
        return " as process \(pid)"
    }
}
