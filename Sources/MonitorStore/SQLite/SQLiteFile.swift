internal import Glibc
internal import MonitorCore

/// The file of an embedded store.
enum SQLiteFile {
    /// Makes the file, and the directories above it, where they are missing.
    ///
    /// The library would create the file readable for all; the files beside it (`-wal`, `-shm`) get its mode from it.
    static func create(_ path: String) throws(SQLError) {
        try createDirectory(of: path)
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw failure("open '\(path)'", errno) }
        Glibc.close(descriptor)
    }

    /// Demands the file that was there: an empty one in its place would hold no alarm, and say nothing of it.
    static func require(_ path: String) throws(SQLError) {
        guard access(path, F_OK) != 0, errno == ENOENT else { return }
        throw SQLError(
            .unreachable, reason: "'\(path)' is gone; put it back, or make a new one with 'monitorctl init'",
            endsConnection: true)
    }

    private static func createDirectory(of path: String) throws(SQLError) {
        guard let slash = path.lastIndex(of: "/"), slash > path.startIndex else { return }
        let directory = String(path[..<slash])
        guard access(directory, F_OK) != 0 else { return }
        try createDirectory(of: directory)
        guard mkdir(directory, 0o700) == 0 || errno == EEXIST else {
            throw failure("create directory '\(directory)'", errno)
        }
    }

    private static func failure(_ doing: String, _ number: Int32) -> SQLError {
        let code: StoreError.Code =
            switch number {
            case EACCES, EPERM: .denied
            case EROFS, ENOSPC, EDQUOT: .unwritable
            default: .unreachable
            }
        return SQLError(
            code, number: number, reason: "cannot \(doing): \(String(cString: strerror(number)))", endsConnection: true)
    }
}
