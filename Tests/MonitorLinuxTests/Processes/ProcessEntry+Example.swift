@testable import MonitorCore
@testable import MonitorLinux

extension ProcessEntry {
    /// A process as a test wants it.
    static func example(
        _ pid: Int32, parent: Int32 = 1, _ comm: String, _ arguments: [String] = [], executable: String? = nil,
        state: String = "S", startTime: UInt64? = nil, uids: [UInt32] = [0, 0, 0, 0], kernelThread: Bool = false,
        nested: Bool = false, session: Int32 = 0, terminal: Int32 = 0, mark: String? = nil, controlGroup: String? = nil
    ) -> ProcessEntry {
        let flags = kernelThread ? 0x0020_0000 : 0
        let line =
            "\(pid) (\(comm)) \(state) \(parent) 0 \(session) \(terminal) -1 \(flags) 0 0 0 0 0 0 0 0 0 0 0 0 \(startTime ?? UInt64(pid))"
        let ids = uids.map { "\t\($0)" }.joined()
        let status = "Uid:\(ids)\nGid:\t0\t0\t0\t0\nNSpid:\t\(pid)\(nested ? "\t2" : "")\n"
        guard let stat = ProcStat(parsing: Array(line.utf8)), let status = ProcStatus(parsing: Array(status.utf8))
        else { preconditionFailure("no process: \(line)") }
        var entry = ProcessEntry(
            stat: stat, status: status, arguments: arguments.map { Array($0.utf8) },
            executable: executable.map { Array($0.utf8) })
        entry.mark = mark.flatMap { LaunchMark(in: [Array("A=1".utf8), Array("MONITOR_LAUNCH=\($0)".utf8)]) }
        entry.controlGroup = controlGroup.map { Array($0.utf8) }
        return entry
    }
}
