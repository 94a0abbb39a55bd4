import Glibc

/// Memory of a process, in megabytes.
struct Memory {
    /// The share that falls to the process, of what several use.
    let proportional: Double
    /// What no other process shares.
    let own: Double
    let resident: Double

    init(of pid: pid_t) throws {
        var kilobytes: [Substring: Double] = [:]
        for line in try contents(of: "/proc/\(pid)/smaps_rollup").split(separator: "\n") {
            let words = line.split(separator: " ")
            if words.count == 3 { kilobytes[words[0]] = Double(words[1]) }
        }
        func sum(_ names: Substring...) -> Double { names.reduce(0) { $0 + (kilobytes[$1] ?? 0) } / 1024 }
        proportional = sum("Pss:")
        own = sum("Private_Clean:", "Private_Dirty:")
        resident = sum("Rss:")
    }
}
