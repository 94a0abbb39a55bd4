import Testing

@testable import MonitorConfig
@testable import MonitorCore

/// The files of this repository that tests compare with the code.
enum RepositoryFile {
    private static let root = #filePath.split(separator: "/").dropLast(3).reduce(into: "") { $0 += "/\($1)" }

    static func path(_ relative: String) -> String { "\(root)/\(relative)" }

    static func text(_ relative: String) throws -> String {
        let file = try TrustedFile(reading: path(relative), limit: 1 << 20)
        return try #require(String(validating: file.bytes, as: UTF8.self))
    }
}
