internal import Glibc

/// Who uses the tool: what stands in holds, notes and the history.
enum Operator {
    /// The user's name, that of whoever called `sudo` where it was used; the number where there is no name.
    static func name(environment: [String: String]) -> String {
        let user = getuid()
        if user == 0, let caller = environment["SUDO_USER"], !caller.isEmpty { return caller }
        var entry = passwd()
        var found: UnsafeMutablePointer<passwd>?
        // Long enough for any entry: getpwuid_r(3) tells of 1024 as the usual limit.
        return withUnsafeTemporaryAllocation(of: CChar.self, capacity: 16384) { buffer in
            guard getpwuid_r(user, &entry, buffer.baseAddress!, buffer.count, &found) == 0, found != nil else {
                return "user \(user)"
            }
            return String(cString: entry.pw_name)
        }
    }
}
