internal import Glibc

/// Who may do what with a file.
struct FilePermissions: Sendable, Equatable {
    var owner: UInt32
    /// The permission bits.
    var mode: UInt32

    /// Refuses a file that gives a secret away, or that lets others say what runs as root.
    ///
    /// A secret may be read by the owner, and by the group of a file that belongs to root: only root can have given it
    /// that group. (PostgreSQL has the same rule for the key of a server.)
    ///
    /// - Parameters:
    ///   - kind: what the file is, for the error.
    ///   - userID: who asks.
    func check(
        holdsSecret: Bool, kind: String, path: String, userID: UInt32 = geteuid()
    ) throws(ConfigurationError) {
        if userID == 0, mode & 0o022 != 0 {
            throw ConfigurationError(
                "cannot use \(kind) '\(path)': others than its owner can change it, and it decides what runs as root; "
                    + "mend it with: chmod go-w '\(path)'")
        }
        let readers: UInt32 = owner == 0 ? 0o007 : 0o077
        if holdsSecret, mode & readers != 0 {
            throw ConfigurationError(
                "cannot use \(kind) '\(path)': there is a password in it, and others can read it; "
                    + "mend it with: chmod 600 '\(path)'")
        }
    }
}
