import Glibc
import MonitorConfig
import MonitorCore

extension StatePaths {
    /// The directories that the daemon needs, parents first.
    var directories: [String] {
        [stateDirectory, wakeSocket.parentDirectory, database.parentDirectory]
    }
}

extension String {
    /// The directory that a path is in.
    var parentDirectory: String {
        guard let slash = lastIndex(of: "/"), slash != startIndex else { return "/" }
        return String(self[..<slash])
    }
}

/// Makes a directory, for its owner alone, with those above it; one that is there already stays as it is.
func makeDirectory(_ path: String) throws(DaemonError) {
    var place = ""
    for part in path.split(separator: "/") {
        place += "/" + part
        if mkdir(place, 0o700) != 0, errno != EEXIST {
            let reason = String(cString: strerror(errno))
            throw DaemonError("cannot create directory '\(place)': \(reason)")
        }
    }
}
