internal import Glibc
internal import MonitorCore
internal import MonitorIO

/// The directory of a database's file, with the kernel's word on what changes in it (inotify(7)).
struct WatchedDirectory: ~Copyable {
    /// Of files: written, there, or gone; then the directory itself gone.
    private static let mask = UInt32(
        IN_MODIFY | IN_CREATE | IN_MOVED_TO | IN_DELETE | IN_DELETE_SELF | IN_MOVE_SELF)

    private let descriptor: CInt
    /// The file, and those that SQLite keeps beside it; not `-shm`, which is memory.
    private let names: Set<String>

    /// Begins to watch; symbolic links are followed as they are now.
    init(ofFile path: String) throws(FeedError) {
        let real = Self.resolved(path)
        let slash = real.lastIndex(of: "/") ?? real.startIndex
        let name = String(real[slash...].dropFirst())
        names = [name, name + "-wal", name + "-journal"]
        descriptor = inotify_init1(CInt(IN_CLOEXEC | IN_NONBLOCK))
        guard descriptor >= 0 else { throw Self.failure("watch files", errno) }
        let directory = slash == real.startIndex ? "/" : String(real[..<slash])
        guard inotify_add_watch(descriptor, directory, Self.mask) >= 0 else {
            let number = errno
            close(descriptor)
            throw Self.failure("watch '\(directory)'", number)
        }
    }

    deinit { close(descriptor) }

    /// Waits for a change, or until the task is cancelled.
    func wait() async { await waitUntilReadable(descriptor) }

    /// Takes the changes that were reported.
    ///
    /// - Returns: whether one may be of the database.
    /// - Throws: when the directory is no longer the one that it was.
    func hasChanged() throws(FeedError) -> Bool {
        var buffer = [UInt8](repeating: 0, count: 16384)
        var isOurs = false
        while true {
            let count = read(descriptor, &buffer, buffer.count)
            guard count > 0 else { return isOurs }
            var reader = ByteReader(buffer[..<count])
            // struct inotify_event: watch, mask, cookie, length of the name, the name with zeros behind it.
            while reader.skip(4) != nil, let mask = reader.integer(bytes: 4), reader.skip(4) != nil,
                let length = reader.integer(bytes: 4), let name = reader.take(length)
            {
                let mask = UInt32(mask)
                guard mask & UInt32(IN_IGNORED | IN_DELETE_SELF | IN_MOVE_SELF | IN_UNMOUNT) == 0 else {
                    throw FeedError(
                        SQLError(.unreachable, reason: "the directory of the database was moved or removed"))
                }
                isOurs =
                    isOurs || mask & UInt32(IN_Q_OVERFLOW) != 0
                    || names.contains(String(decoding: name.prefix { $0 != 0 }, as: UTF8.self))
            }
        }
    }

    private static func resolved(_ path: String) -> String {
        guard let real = realpath(path, nil) else { return path }
        defer { free(real) }
        return String(cString: real)
    }

    private static func failure(_ doing: String, _ number: CInt) -> FeedError {
        let reason = "cannot \(doing): \(String(cString: strerror(number)))"
        // The directory is made with the database; the other reasons are limits of the system.
        let isPassing = number == ENOENT || number == ENOTDIR
        let limit = number == EMFILE || number == ENOSPC ? "; see fs.inotify in sysctl" : ""
        return isPassing
            ? FeedError(SQLError(.unreachable, reason: reason)) : FeedError(impossible: reason + limit)
    }
}
