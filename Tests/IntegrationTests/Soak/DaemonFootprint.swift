import Foundation

/// What a process has of the system's: descriptors, threads, memory.
struct DaemonFootprint: Equatable, CustomStringConvertible {
    /// But for those of `children`.
    var descriptors: Int
    /// Descriptors of processes: it has one for each that it has started, to reap it.
    var children: Int
    var threads: Int
    /// The memory that it has filled itself, in KB: without its code, which comes and goes.
    var memory: Int

    init(of pid: Int32) throws {
        let open = try FileManager.default.contentsOfDirectory(atPath: "/proc/\(pid)/fd")
        let targets = open.compactMap {
            try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(pid)/fd/\($0)")
        }
        children = targets.count { $0.contains("pidfd") }
        descriptors = targets.count - children
        threads = try FileManager.default.contentsOfDirectory(atPath: "/proc/\(pid)/task").count
        let rollup = try String(contentsOfFile: "/proc/\(pid)/smaps_rollup", encoding: .utf8)
        let line = rollup.split(separator: "\n").first { $0.hasPrefix("Anonymous:") }
        memory = line?.split(separator: " ").compactMap { Int($0) }.first ?? 0
    }

    /// The smallest of a few: what a look of the daemon holds for a moment is not counted.
    static func atRest(_ pid: Int32) async throws -> DaemonFootprint {
        var least = try DaemonFootprint(of: pid)
        for _ in 0..<20 {
            try await Task.sleep(for: .milliseconds(150))
            let next = try DaemonFootprint(of: pid)
            least.descriptors = min(least.descriptors, next.descriptors)
            least.threads = min(least.threads, next.threads)
            least.memory = min(least.memory, next.memory)
        }
        return least
    }

    /// What has grown since, beyond what an allocator or a pool of threads keeps for later.
    func growth(since earlier: DaemonFootprint) -> [String] {
        var grown: [String] = []
        if descriptors > earlier.descriptors { grown.append("descriptors: \(earlier.descriptors) to \(descriptors)") }
        if threads > earlier.threads + 4 { grown.append("threads: \(earlier.threads) to \(threads)") }
        if memory > earlier.memory + 4096 { grown.append("memory: \(earlier.memory) to \(memory) KB") }
        return grown
    }

    var description: String {
        "\(descriptors) descriptors and \(children) of its children, \(threads) threads, \(memory) KB"
    }
}
