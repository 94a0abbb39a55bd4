package import Glibc

/// Makes a directory, with those above it; one that is there already stays as it is.
///
/// - Parameter mode: the permissions of those that this makes.
package func makeDirectories(_ path: String, mode: mode_t) throws(SystemError) {
    var place = path.utf8.first == UInt8(ascii: "/") ? "" : "."
    for part in path.split(separator: "/") {
        place += "/" + part
        guard mkdir(place, mode) == 0 || errno == EEXIST else { throw SystemError("mkdir") }
    }
}
