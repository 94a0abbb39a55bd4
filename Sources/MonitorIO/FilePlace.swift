internal import Glibc

/// Where a file lies, and who could have put another in its place.
package enum FilePlace {
    /// Whether only root can have put a file at an absolute path: every directory above it is root's and not for others to write, and in its own place
    /// is no link, device or pipe. Blocks.
    package static func isRoots(_ path: String) -> Bool {
        guard path.utf8.first == UInt8(ascii: "/") else { return false }
        var status = stat()
        if lstat(path, &status) == 0, status.st_mode & S_IFMT != S_IFREG { return false }
        var directory = path
        while let slash = directory.lastIndex(of: "/"), directory != "/" {
            directory = slash == directory.startIndex ? "/" : String(directory[..<slash])
            guard lstat(directory, &status) == 0, status.st_mode & S_IFMT == S_IFDIR, status.st_uid == 0,
                status.st_mode & (S_IWGRP | S_IWOTH) == 0
            else { return false }
        }
        return true
    }
}
