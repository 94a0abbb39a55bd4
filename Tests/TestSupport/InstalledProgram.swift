internal import Glibc

/// A program that may be installed on this machine.
package enum InstalledProgram {
    /// Its path; nil where it is not installed. Servers lie where not everybody's `PATH` leads.
    package static func path(of name: String) -> String? {
        let path = getenv("PATH").map { String(cString: $0) } ?? ""
        return (path.split(separator: ":").map(String.init) + ["/usr/sbin", "/usr/libexec"]).map { "\($0)/\(name)" }
            .first { (candidate: String) in access(candidate, X_OK) == 0 }
    }

    /// Its path.
    package static func required(_ name: String) throws -> String {
        guard let path = path(of: name) else { throw TestFailure("\(name) is not installed") }
        return path
    }

    package static func areInstalled(_ names: String...) -> Bool { names.allSatisfy { path(of: $0) != nil } }
}
