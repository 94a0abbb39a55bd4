internal import Glibc
internal import MonitorCore

/// Who may do what with a file.
struct FilePermissions: Sendable, Equatable {
    var owner: UInt32
    /// The permission bits.
    var mode: UInt32

    /// Why a file is refused: it gives a secret away, or lets others say what runs as root.
    ///
    /// A secret may be read by the owner, and by the group of a file that belongs to root: only root can have given it
    /// that group. (PostgreSQL has the same rule for the key of a server.)
    ///
    /// - Parameters:
    ///   - kind: what the file is, for the text.
    ///   - userID: who asks.
    /// - Returns: the whole sentence, with the chmod(1) that mends it; nil when all is well.
    func complaint(holdsSecret: Bool, kind: String, path: String, userID: UInt32 = geteuid()) -> String? {
        if holdsSecret, mode & (owner == 0 ? 0o007 : 0o077) != 0 {
            return "cannot use \(kind) '\(path)': there is a password in it, and others can read or change it; "
                + "mend it with: chmod 600 '\(path)'"
        }
        if userID == 0, mode & 0o022 != 0 {
            return "cannot use \(kind) '\(path)': others than its owner can change it, and root goes by it; "
                + "mend it with: chmod go-w '\(path)'"
        }
        return nil
    }
}
