import Foundation

/// A directory that stands for the root of a host, and what is installed there.
final class StagedHost: Sendable {
    private let root: URL
    /// The clone that these tests are part of.
    private static let repository = URL(fileURLWithPath: #filePath).appendingPathComponent("../../../..").standardized

    /// A file of the clone.
    static func repositoryText(_ path: String) throws -> String {
        try String(contentsOf: repository.appendingPathComponent(path), encoding: .utf8)
    }

    init() throws {
        root = FileManager.default.temporaryDirectory.appendingPathComponent("monitor-host-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: root, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(at: root) }

    /// Runs `scripts/install`, with the programs that stand beside the tests, and under a umask that it must not go by.
    func run(
        _ verb: String, prefix: String = "/usr", built: String = Program.directory.path
    ) async throws -> Program.Result {
        try await Program.run(
            "/bin/sh", ["-c", "umask 077 && exec \(Self.repository.path)/scripts/install \(verb)"],
            environment: ["DESTDIR": root.path, "PREFIX": prefix, "BUILT": built])
    }

    @discardableResult
    func install(prefix: String = "/usr") async throws -> Program.Result {
        try await succeed("install", prefix: prefix)
    }

    func uninstall(prefix: String = "/usr") async throws { try await succeed("uninstall", prefix: prefix) }

    @discardableResult
    private func succeed(_ verb: String, prefix: String) async throws -> Program.Result {
        let result = try await run(verb, prefix: prefix)
        guard result.status == 0 else { throw Failure("'\(verb)' failed: \(result.error)") }
        return result
    }

    /// The paths of everything but directories.
    func files() throws -> Set<String> {
        let paths = try FileManager.default.subpathsOfDirectory(atPath: root.path)
        return Set(paths.filter { (try? type(of: $0)) != .typeDirectory })
    }

    /// Where a symbolic link leads.
    func link(_ path: String) throws -> String {
        try FileManager.default.destinationOfSymbolicLink(atPath: root.appendingPathComponent(path).path)
    }

    func mode(_ path: String) throws -> Int? { try attributes(path)[.posixPermissions] as? Int }

    func text(_ path: String) throws -> String {
        try String(contentsOf: root.appendingPathComponent(path), encoding: .utf8)
    }

    func write(_ text: String, to path: String) throws {
        let file = root.appendingPathComponent(path)
        try FileManager.default.createDirectory(
            at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try text.write(to: file, atomically: true, encoding: .utf8)
    }

    private func type(of path: String) throws -> FileAttributeType? {
        try attributes(path)[.type] as? FileAttributeType
    }

    private func attributes(_ path: String) throws -> [FileAttributeKey: Any] {
        try FileManager.default.attributesOfItem(atPath: root.appendingPathComponent(path).path)
    }
}
