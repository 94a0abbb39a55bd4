import Glibc

/// The memory that only the start needed: most of the code of the program and its libraries.
enum StartupPages {
    /// Gives it back to the system. Code that is needed after all is read again, as a rule from the system's cache.
    static func giveBack() {
        for mapping in codeMappings() { madvise(mapping.start, mapping.length, MADV_DONTNEED) }
    }

    /// Where code of program and libraries is mapped.
    ///
    /// Only that: it is mapped read-only, so the file holds all of it. Data, also where it can't be written any
    /// more, holds what the dynamic linker has put there.
    ///
    /// - SeeAlso: `proc_pid_maps(5)`
    private static func codeMappings() -> [(start: UnsafeMutableRawPointer, length: Int)] {
        guard let file = fopen("/proc/self/maps", "re") else { return [] }
        defer { fclose(file) }
        var line: UnsafeMutablePointer<CChar>?
        var capacity = 0
        defer { free(line) }
        var mappings: [(start: UnsafeMutableRawPointer, length: Int)] = []
        while getline(&line, &capacity, file) > 0, let line {
            // 7f0c80000000-7f0c80021000 r-xp 00000000 fe:00 1234 /usr/bin/monitord
            let fields = String(cString: line).split(separator: " ")
            guard fields.count > 5, fields[1] == "r-xp", fields[4] != "0" else { continue }
            let bounds = fields[0].split(separator: "-").compactMap { UInt($0, radix: 16) }
            guard bounds.count == 2, let start = UnsafeMutableRawPointer(bitPattern: bounds[0]) else { continue }
            mappings.append((start, Int(bounds[1] - bounds[0])))
        }
        return mappings
    }
}
