internal import Glibc
public import MonitorCore
internal import MonitorStore

/// A directory of a test's own, removed with everything in it when the test lets go of it, or ends.
///
/// Its path is short, as that of a Unix socket has to be.
public final class TemporaryDirectory: Sendable {
    public let path: String

    public init() throws {
        var template = Array("/tmp/pm-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw SystemCallFailed("mkdtemp") }
        path = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
        AtExit.remove(path)
    }

    deinit {
        Self.remove(path)
        AtExit.forget(path)
    }

    /// Removes a file, or a directory with everything in it; symbolic links are not followed.
    static func remove(_ path: String) {
        guard unlink(path) != 0 else { return }
        for entry in entries(of: path) { remove("\(path)/\(entry)") }
        rmdir(path)
    }

    /// The names in a directory; none where there is no such directory.
    static func entries(of path: String) -> [String] {
        guard let directory = opendir(path) else { return [] }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != "." && name != ".." { names.append(name) }
        }
        return names
    }

    /// Writes a file in this directory.
    package func write(_ text: String, to file: String) throws { try TextFile.write(text, to: "\(path)/\(file)") }

    /// An embedded store in this directory.
    public func store(
        file: String = "monitor.db", queryTimeout: Duration = .seconds(10)
    ) -> any AlarmStore & ControlStore {
        var settings = DatabaseSettings()
        settings.backend = .sqlite
        settings.queryTimeout = queryTimeout
        return makeStore(
            settings, host: DaemonBeat.sampleHost, path: "\(path)/\(file)", password: nil,
            historyRetention: MonitorSettings().historyRetention)
    }
}

/// A system call that failed, with the reason that `errno` gave.
public struct SystemCallFailed: Error, CustomStringConvertible {
    public let description: String

    init(_ call: String, _ number: Int32 = errno) { description = "\(call): \(String(cString: strerror(number)))" }
}
