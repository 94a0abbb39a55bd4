internal import Glibc

/// The names in a directory, in order; none where there is no such directory.
package func namesInDirectory(_ path: String) -> [String] {
    guard let listing = opendir(path) else { return [] }
    defer { closedir(listing) }
    var names: [String] = []
    while let entry = readdir(listing) {
        // Where it is: an entry is as long as its name, and a copy would reach beyond it.
        let name = UnsafeRawPointer(entry) + MemoryLayout<dirent>.offset(of: \.d_name)!
        names.append(String(cString: name.assumingMemoryBound(to: CChar.self)))
    }
    return names.filter { $0 != "." && $0 != ".." }.sorted()
}

/// Removes a file, or a directory with everything in it; symbolic links are not followed.
package func removeDirectory(_ path: String) {
    guard unlink(path) != 0 else { return }
    for name in namesInDirectory(path) { removeDirectory("\(path)/\(name)") }
    rmdir(path)
}
