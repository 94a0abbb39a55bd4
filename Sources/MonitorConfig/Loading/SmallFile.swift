internal import Glibc
internal import MonitorCore
internal import MonitorIO

/// A small file read whole, with the permissions that it had then.
struct SmallFile: Sendable {
    let bytes: [UInt8]
    let permissions: FilePermissions

    /// Reads a file. What was opened is what is looked at: the path may be given to another file meanwhile.
    ///
    /// - Parameter limit: the most bytes that it may have.
    init(reading path: String, limit: Int) throws(Failure) {
        // Without O_NONBLOCK, open(2) of a FIFO waits for a writer.
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw Failure(errno) }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw Failure(errno) }
        switch status.st_mode & S_IFMT {
        case S_IFREG: break
        case S_IFDIR: throw .directory
        default: throw .notRegular
        }
        permissions = FilePermissions(owner: status.st_uid, mode: status.st_mode & 0o7777)
        bytes = try Self.readAll(descriptor, limit: limit)
    }

    private static func readAll(_ descriptor: Int32, limit: Int) throws(Failure) -> [UInt8] {
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 16384)
        while true {
            let count = read(descriptor, &chunk, chunk.count)
            if count == 0 { return bytes }
            if count < 0 {
                if errno == EINTR { continue }
                throw Failure(errno)
            }
            bytes += chunk[..<count]
            guard bytes.count <= limit else { throw .tooLarge(limit: limit) }
        }
    }

    /// Why it can't be read.
    enum Failure: Error, Equatable, CustomStringConvertible {
        case missing, directory, notRegular
        case tooLarge(limit: Int)
        case system(String)

        fileprivate init(_ code: Int32) {
            self = code == ENOENT || code == ENOTDIR ? .missing : .system(SystemError("open", code: code).reason)
        }

        var description: String {
            switch self {
            case .missing: "there is no such file"
            case .directory: "it is a directory"
            case .notRegular: "it is not a regular file"
            case .tooLarge(let limit): "it is larger than \(limit / 1024) KB"
            case .system(let text): text
            }
        }
    }
}
