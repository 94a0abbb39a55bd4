import Glibc

/// A unit of the benchmark's own, in the box's systemd.
struct Unit {
    let name: String

    /// Writes its file and has systemd read it.
    init(_ name: String, command: String) throws {
        self.name = name
        try write(
            """
            [Unit]
            StartLimitIntervalSec=0
            [Service]
            ExecStart=\(command)

            """, to: "/etc/systemd/system/\(name)", mode: 0o644)
        try Program.run("systemctl", "daemon-reload")
    }

    func start() throws { try Program.run("systemctl", "start", name) }

    func stop() throws { try Program.run("systemctl", "stop", name) }

    /// Microseconds of CPU that all of its processes have used, as its control group counts them.
    static func cpuTime(of unit: String) throws -> Double {
        let statistics = try contents(of: "/sys/fs/cgroup/system.slice/\(unit)/cpu.stat")
        guard
            let used = statistics.split(separator: "\n").first(where: { $0.hasPrefix("usage_usec ") })?.split(
                separator: " ")
        else { throw Failure("the control group of '\(unit)' tells no CPU time") }
        return Double(used[1]) ?? 0
    }
}

/// The many units of a storm.
enum StormUnits {
    /// Has so many run.
    ///
    /// - Returns: their names.
    static func start(_ count: Int) throws -> [String] {
        _ = try Unit("storm@.service", command: "/bin/sleep infinity")
        let units = (1...count).map { "storm@\($0).service" }
        try Program.run(["systemctl", "start"] + units)
        return units
    }
}

/// Memory of a process, in megabytes.
struct Memory {
    /// The share that falls to the process, of what several use.
    let proportional: Double
    /// What nobody else has.
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
