internal import Glibc

/// An entry of the user database, wherever the host keeps its users (nsswitch.conf(5)).
package struct UserEntry: Sendable, Equatable {
    package var name: String
    package var userID: UInt32
    package var groupID: UInt32
    package var home: String
    package var shell: String

    /// Looks a user up by number. It may block: a directory service may be asked.
    ///
    /// - Returns: nil when there is none, or the host can't tell.
    package static func of(_ userID: UInt32) -> UserEntry? {
        try? lookUp("getpwuid") { getpwuid_r(userID, $0, $1, $2, $3) }
    }

    /// Looks a user up by name. It may block: a directory service may be asked.
    ///
    /// - Returns: nil when there is none.
    /// - Throws: when the host can't tell.
    package static func named(_ name: String) throws(SystemError) -> UserEntry? {
        try lookUp("getpwnam") { getpwnam_r(name, $0, $1, $2, $3) }
    }

    private static func lookUp(
        _ call: String,
        _ query: (
            UnsafeMutablePointer<passwd>, UnsafeMutablePointer<CChar>, Int,
            UnsafeMutablePointer<UnsafeMutablePointer<passwd>?>
        ) -> CInt
    ) throws(SystemError) -> UserEntry? {
        var size = 1024
        while true {
            var entry = passwd()
            var found: UnsafeMutablePointer<passwd>?
            let buffer = UnsafeMutablePointer<CChar>.allocate(capacity: size)
            defer { buffer.deallocate() }
            let code = query(&entry, buffer, size, &found)
            // An entry that is larger than this is none.
            if code == ERANGE, size < 1 << 20 {
                size *= 4
                continue
            }
            guard code == 0 else { throw SystemError(call, code: code) }
            // The entry's strings lie in the buffer, so they are copied before it goes.
            return found == nil ? nil : UserEntry(copying: entry)
        }
    }

    private init(copying entry: passwd) {
        func text(_ pointer: UnsafeMutablePointer<CChar>?) -> String { pointer.map { String(cString: $0) } ?? "" }
        name = text(entry.pw_name)
        userID = entry.pw_uid
        groupID = entry.pw_gid
        home = text(entry.pw_dir)
        shell = text(entry.pw_shell)
    }
}
