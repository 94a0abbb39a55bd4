import Glibc

/// Where the figures come from: without it they say nothing.
struct Machine: Encodable, CustomStringConvertible {
    let date: String
    let kernel: String
    let processor: String
    let cores: Int
    /// Processes that wanted to run, on average, in the minute before: others than ours.
    let load: Double
    let monitord: String
    let systemd: String
    let database: String

    init(_ database: Database) throws {
        func line(_ arguments: String...) throws -> String {
            String(try Program.output(of: ["env", "LC_ALL=C"] + arguments).split(separator: "\n").first ?? "")
        }
        date = try line("date", "--utc", "+%Y-%m-%dT%H:%M:%SZ")
        kernel = try line("uname", "-sr")
        processor =
            try contents(of: "/proc/cpuinfo").split(separator: "\n").first { $0.hasPrefix("model name") }?
            .split(separator: ":").last.map { String($0.drop { $0 == " " }) } ?? "unknown processor"
        cores = sysconf(Int32(_SC_NPROCESSORS_ONLN))
        load = Double(try contents(of: "/proc/loadavg").split(separator: " ")[0]) ?? 0
        monitord = try line("monitord", "--version")
        systemd = try line("systemctl", "--version")
        self.database = try database.value("SELECT VERSION()") ?? ""
    }

    var description: String {
        """
        \(date)  \(kernel)  \(processor)  \(cores) cores  load before \(load)
        monitord \(monitord)  \(systemd)  database \(database)
        The database's files are in memory: a disk adds what it takes to write to it.
        """
    }
}
