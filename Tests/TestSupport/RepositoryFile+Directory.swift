internal import Glibc

extension RepositoryFile {
    /// The names in this directory, in order.
    package func names() throws -> [String] {
        guard let listing = opendir(path) else { throw TestFailure("cannot list \(path)") }
        defer { closedir(listing) }
        var names: [String] = []
        while let entry = readdir(listing) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            if !name.hasPrefix(".") { names.append(name) }
        }
        return names.sorted()
    }
}
