internal import Glibc

/// A program that may be installed on this machine.
package enum Program {
    /// Its path; nil where it is not installed. Servers lie in a directory that is not in everybody's `PATH`.
    package static func path(of name: String) -> String? {
        let path = getenv("PATH").map { String(cString: $0) } ?? ""
        return (path.split(separator: ":").map(String.init) + ["/usr/sbin"]).map { "\($0)/\(name)" }
            .first { (candidate: String) in access(candidate, X_OK) == 0 }
    }

    package static func areInstalled(_ names: String...) -> Bool { names.allSatisfy { path(of: $0) != nil } }
}
