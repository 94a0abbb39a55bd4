internal import Glibc
internal import Synchronization

/// The directories that this process has to remove when it ends: those of what tests share, and so nobody lets go of.
enum AtExit {
    private static let paths = Mutex<Set<String>>([])
    private static let registration: Void = { atexit { AtExit.removeAll() } }()

    /// Removes a directory at the end of this process.
    static func remove(_ path: String) {
        _ = registration
        paths.withLock { _ = $0.insert(path) }
    }

    /// Somebody has removed it.
    static func forget(_ path: String) { paths.withLock { _ = $0.remove(path) } }

    private static func removeAll() {
        for path in paths.withLock({ $0 }) { TemporaryDirectory.remove(path) }
    }
}
