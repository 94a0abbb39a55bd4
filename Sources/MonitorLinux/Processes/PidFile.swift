internal import Glibc
internal import MonitorCore
internal import MonitorIO

/// A pid that a program left in a file, as far as it can be believed.
///
/// Whoever can write the file says which process root is to kill. So it counts only when nobody but root and its owner
/// can write it, when no symbolic link stands in its place, and for a process of that owner or, if it is root's, any.
struct PidFile: Sendable, Equatable {
    var pid: pid_t
    var owner: uid_t
    /// When it was written, by the wall clock.
    var writtenAt: Timestamp

    enum Reading: Sendable, Equatable {
        case file(PidFile)
        case absent
        /// Not to be believed, with the reason, a phrase.
        case untrusted(String)
    }

    static func read(_ path: String) -> Reading {
        do throws(SystemError) {
            // A named pipe would not let us go without O_NONBLOCK.
            let file = try OwnedDescriptor(opening: path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK)
            let status = try file.status()
            guard status.st_mode & S_IFMT == S_IFREG else { return .untrusted("it is no regular file") }
            guard status.st_mode & (S_IWGRP | S_IWOTH) == 0 else { return .untrusted("others can write it") }
            guard let pid = parse(try file.read(limit: 64)) else { return .untrusted("it holds no pid") }
            let written = Timestamp(
                milliseconds: Int64(status.st_mtim.tv_sec) * 1000 + Int64(status.st_mtim.tv_nsec) / 1_000_000)
            return .file(PidFile(pid: pid, owner: status.st_uid, writtenAt: written))
        } catch {
            switch error.code {
            case ENOENT: return .absent
            case ELOOP: return .untrusted("it is a symbolic link")
            default: return .untrusted(error.reason)
            }
        }
    }

    /// Why the process that has the pid now isn't the one that the file speaks of; nil when it is.
    ///
    /// - Parameter startedAt: when that process started.
    func objection(to entry: ProcessEntry, startedAt: Timestamp) -> String? {
        guard owner == 0 || entry.status.userIDs.contains(owner) else {
            return "it belongs to uid \(owner), who doesn't own pid \(pid)"
        }
        // A second, because the start is known in clock ticks and file times are coarse.
        guard startedAt <= writtenAt + .seconds(1) else { return "pid \(pid) started after it was written" }
        return nil
    }

    /// A number on the first line, with blanks around it at most; never 0, 1 or a negative one, which mean others.
    static func parse(_ bytes: [UInt8]) -> pid_t? {
        let blanks: Set<UInt8> = [UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\r")]
        let line = bytes.prefix { $0 != UInt8(ascii: "\n") }
        let number = line.drop { blanks.contains($0) }.prefix { !blanks.contains($0) }
        guard line[number.endIndex...].allSatisfy(blanks.contains), let pid = pid_t(decimal: number), pid > 1
        else { return nil }
        return pid
    }
}

extension ProcessIdentity {
    /// When the process started, by the wall clock as it is set now.
    var startedAt: Timestamp {
        var now = timespec()
        clock_gettime(CLOCK_BOOTTIME, &now)
        let uptime = Duration.seconds(now.tv_sec) + .nanoseconds(now.tv_nsec)
        let ticksPerSecond = Double(max(1, sysconf(CInt(_SC_CLK_TCK))))
        return .wallClock() + (.seconds(Double(startTime) / ticksPerSecond) - uptime)
    }
}
