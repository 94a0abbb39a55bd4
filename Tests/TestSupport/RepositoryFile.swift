internal import Glibc

/// A file of this repository, wherever that is checked out.
package struct RepositoryFile: Sendable {
    package let path: String

    /// - Parameter relativePath: from the top of the repository.
    package init(_ relativePath: String) {
        path = "\(Self.root)/\(relativePath)"
    }

    // This file is Tests/TestSupport/RepositoryFile.swift.
    static let root = #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(3).joined(
        separator: "/")

    /// Where `scripts/mysql-box` keeps its servers.
    static let mySQLBox = box("MYSQL_BOX_DIR", or: "mysql-box")
    static let mariaDBBox = box("MARIADB_BOX_DIR", or: "mariadb-box")

    private static func box(_ variable: String, or name: String) -> String {
        getenv(variable).map { String(cString: $0) } ?? "\(root)/.build/\(name)"
    }

    package func text() throws -> String { String(decoding: try bytes(), as: UTF8.self) }

    package func bytes() throws -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw TestFailure("cannot read \(path): \(String(cString: strerror(errno)))") }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65536)
        while case let count = read(descriptor, &buffer, buffer.count), count > 0 { bytes += buffer.prefix(count) }
        return bytes
    }

    package func write(_ text: String) throws {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        defer { close(descriptor) }
        guard Glibc.write(descriptor, text, text.utf8.count) == text.utf8.count else {
            throw TestFailure("cannot write \(path): \(String(cString: strerror(errno)))")
        }
    }
}
