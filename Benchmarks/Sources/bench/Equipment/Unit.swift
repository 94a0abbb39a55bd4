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
