package import Glibc

/// What the host's user database tells of a user (`passwd(5)`, `nsswitch.conf(5)`). Asking it may block, as it may be asked over a network.
package struct UserEntry: Sendable, Equatable {
    package var name: String
    package var uid: uid_t
    package var gid: gid_t
    package var home: String
    package var shell: String

    /// A user by name; nil where there is none.
    package static func lookUp(_ name: String) throws(SystemError) -> UserEntry? {
        try lookUp("getpwnam") { getpwnam_r(name, $0, $1, $2, $3) }
    }

    /// A user by number; nil where there is none.
    package static func lookUp(_ uid: uid_t) throws(SystemError) -> UserEntry? {
        try lookUp("getpwuid") { getpwuid_r(uid, $0, $1, $2, $3) }
    }

    private typealias Query = (
        UnsafeMutablePointer<passwd>, UnsafeMutablePointer<CChar>, Int,
        UnsafeMutablePointer<UnsafeMutablePointer<passwd>?>
    ) -> CInt

    private static func lookUp(_ call: String, _ query: Query) throws(SystemError) -> UserEntry? {
        var entry = passwd()
        var found: UnsafeMutablePointer<passwd>?
        var size = 1024
        while true {
            var buffer = [CChar](repeating: 0, count: size)
            // The texts lie in the buffer, and are taken out of it before it goes.
            let (code, user) = buffer.withUnsafeMutableBufferPointer { buffer -> (CInt, UserEntry?) in
                let code = query(&entry, buffer.baseAddress!, buffer.count, &found)
                guard code == 0, found != nil else { return (code, nil) }
                return (
                    0,
                    UserEntry(
                        name: String(cString: entry.pw_name), uid: entry.pw_uid, gid: entry.pw_gid,
                        home: String(cString: entry.pw_dir), shell: String(cString: entry.pw_shell))
                )
            }
            if code == ERANGE, size < 1 << 20 {
                size *= 4
                continue
            }
            guard code == 0 else { throw SystemError(call, code: code) }
            return user
        }
    }
}
