internal import Glibc
internal import MonitorCore
internal import MonitorIO

/// A log file that is open for appending; closed at the end of its life.
struct OpenLogFile: ~Copyable {
    private let descriptor: Int32
    private let device: dev_t
    private let inode: ino_t
    /// False for a device or a FIFO, which has no size and is not to be renamed.
    let isRegular: Bool

    /// Opens a file, which is made where it is missing, together with its directories.
    ///
    /// A symbolic link in its place is refused: who may write to the directory could make root append to any file.
    init(at path: String) throws(LogFileFailure) {
        var opened = Self.open(path)
        if opened < 0, errno == ENOENT {
            Self.makeDirectories(above: path)
            opened = Self.open(path)
        }
        guard opened >= 0 else { throw LogFileFailure(errno) }
        var status = stat()
        guard fstat(opened, &status) == 0 else {
            let failure = LogFileFailure(errno)
            close(opened)
            throw failure
        }
        descriptor = opened
        device = status.st_dev
        inode = status.st_ino
        isRegular = status.st_mode & S_IFMT == S_IFREG
    }

    deinit { close(descriptor) }

    /// The file's size in bytes; nil when it is no longer the one at that path, or can't be seen there.
    func size(at path: String) -> Int? {
        var status = stat()
        guard lstat(path, &status) == 0, status.st_dev == device, status.st_ino == inode else { return nil }
        return Int(status.st_size)
    }

    /// Appends all of the bytes, or none: what a full disk took of them is taken back.
    package func append(_ bytes: [UInt8]) throws(LogFileFailure) {
        let (count, failure) = bytes.withUnsafeBytes { writeAll($0, to: descriptor) }
        guard let failure else { return }
        takeBack(count)
        throw LogFileFailure(failure.code)
    }

    /// Keeps other writers from rotating the file until this one is closed.
    ///
    /// - Returns: false when another holds it.
    func lock() -> Bool { flock(descriptor, LOCK_EX | LOCK_NB) == 0 }

    /// Throws away all that is in the file.
    func empty() { ftruncate(descriptor, 0) }

    /// Removes what was appended last, unless somebody else has appended since.
    private func takeBack(_ count: Int) {
        let end = lseek(descriptor, 0, SEEK_CUR)
        var status = stat()
        guard count > 0, fstat(descriptor, &status) == 0, status.st_size == end else { return }
        ftruncate(descriptor, end - off_t(count))
    }

    private static func open(_ path: String, _ creating: Int32 = O_CREAT) -> Int32 {
        // O_NONBLOCK, for a FIFO without a reader; it means nothing to a file.
        let flags = O_WRONLY | O_APPEND | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY
        return Glibc.open(path, flags | creating, 0o640)
    }

    /// Finds out, without making anything, whether the file could be opened.
    ///
    /// - Returns: whether it is there already.
    static func probe(_ path: String) throws(LogFileFailure) -> Bool {
        let opened = open(path, 0)
        if opened >= 0 {
            close(opened)
            return true
        }
        guard errno == ENOENT else { throw LogFileFailure(errno) }
        // It would be made, in the nearest directory above it that is there.
        var directory = path[...]
        repeat {
            directory = directory[..<(directory.lastIndex(of: "/") ?? directory.startIndex)]
            let place = directory.isEmpty ? (path.utf8.first == UInt8(ascii: "/") ? "/" : ".") : String(directory)
            if access(place, W_OK | X_OK) == 0 { return false }
            guard errno == ENOENT, !directory.isEmpty else { throw LogFileFailure(errno) }
        } while true
    }

    /// Makes what is missing; open(2) tells what could not be made.
    private static func makeDirectories(above path: String) {
        for slash in path.indices.dropFirst() where path[slash] == "/" {
            mkdir(String(path[..<slash]), 0o755)
        }
    }
}

/// Why the log can't be written, a phrase for a person.
struct LogFileFailure: Error {
    let reason: String

    init(_ code: Int32) {
        guard code != ELOOP else {
            reason = "it is a symbolic link: name the file that it leads to"
            return
        }
        reason = SystemError("open", code: code).reason
    }
}
