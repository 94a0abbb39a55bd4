internal import Glibc
internal import Synchronization

/// What is to be removed when this process ends, for what is shared by tests and so belongs to none.
enum AtExit {
    private static let paths = Mutex<[String]>([])

    /// Removes a file or directory at the end of this process.
    static func remove(_ path: String) {
        let isFirst = paths.withLock { paths in
            paths.append(path)
            return paths.count == 1
        }
        if isFirst { atexit { AtExit.paths.withLock { $0 }.forEach(TemporaryDirectory.remove) } }
    }
}
