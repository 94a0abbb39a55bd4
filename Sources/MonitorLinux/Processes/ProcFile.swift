internal import Glibc
internal import MonitorCore
internal import MonitorIO

/// The files of one process below `/proc`. Each is nil when it can't be read: the process has ended, or its files are
/// not ours to see.
struct ProcFile: Sendable {
    let pid: pid_t

    /// More than any of these files can hold (`ARG_MAX` is at most 6 MB).
    private static let limit = 8 << 20

    func stat() -> ProcStat? { read("stat").flatMap(ProcStat.init(parsing:)) }

    func status() -> ProcStatus? { read("status").flatMap(ProcStatus.init(parsing:)) }

    /// The arguments, as the process may have overwritten them itself.
    func arguments() -> [[UInt8]]? { read("cmdline").map(Self.splitAtNUL) }

    /// The environment that the process was started with.
    func environment() -> [[UInt8]]? { read("environ").map(Self.splitAtNUL) }

    /// The program's path, or the text of a link that leads nowhere any more (`… (deleted)`); not always UTF-8.
    func executable() -> [UInt8]? { link("exe") }

    func workingDirectory() -> [UInt8]? { link("cwd") }

    func rootDirectory() -> [UInt8]? { link("root") }

    private func read(_ name: String) -> [UInt8]? {
        guard let file = try? OwnedDescriptor(opening: "/proc/\(pid)/\(name)", O_RDONLY) else { return nil }
        return try? file.read(limit: Self.limit)
    }

    private func link(_ name: String) -> [UInt8]? {
        var target = [UInt8](repeating: 0, count: Int(PATH_MAX))
        let length = target.withUnsafeMutableBytes { buffer in
            readlink("/proc/\(pid)/\(name)", buffer.baseAddress!.assumingMemoryBound(to: CChar.self), buffer.count)
        }
        return length < 0 ? nil : Array(target[..<length])
    }

    /// Texts that end with NUL each; a rest without one counts too.
    static func splitAtNUL(_ bytes: [UInt8]) -> [[UInt8]] {
        var parts = bytes.split(separator: 0, omittingEmptySubsequences: false).map(Array.init)
        if parts.last?.isEmpty == true { parts.removeLast() }
        return parts
    }
}
