internal import CLinux
internal import Glibc
internal import MonitorCore
internal import MonitorIO

/// A pid that a program left in a file, as far as it can be believed.
///
/// A user who can write the file says which process root is to kill. So it counts only when none but root and its owner
/// can write it, when no symbolic link stands in its place, and for a process of that owner or, if it is root's, any.
package struct PidFile: Sendable, Equatable {
    var pid: pid_t
    var owner: uid_t
    /// When it was written, by the wall clock.
    var writtenAt: Timestamp
    /// Why the file itself is not to be believed, whatever it names, with the remedy.
    var flaw: String?

    enum Reading: Sendable, Equatable {
        case file(PidFile)
        /// There is none, or it is left from before the host was booted.
        case absent
        /// No pid can be had from it; the reason, a phrase.
        case unusable(String)
    }

    static func read(_ path: String) -> Reading {
        do throws(SystemError) {
            var flaw: String?
            // A named pipe would not let us go without O_NONBLOCK.
            let flags = O_RDONLY | O_NONBLOCK | O_NOCTTY
            var descriptor = open(path, flags | O_NOFOLLOW | O_CLOEXEC)
            if descriptor < 0, errno == ELOOP {
                // Only to tell whether it names something that lives.
                flaw = "it is a symbolic link: set pid_file to the file itself"
                guard isRegular(path) else { return .unusable("it is a symbolic link, to no regular file") }
                descriptor = open(path, flags | O_CLOEXEC)
            }
            let file = try OwnedDescriptor(descriptor, from: "open")
            let status = try file.status()
            guard status.st_mode & S_IFMT == S_IFREG else { return .unusable("it is no regular file") }
            guard let pid = parse(try file.read(limit: 64)) else { return .unusable("it holds no pid") }
            if status.st_mode & (S_IWGRP | S_IWOTH) != 0 { flaw = flaw ?? "others can write it: chmod go-w it" }
            let written = Timestamp(
                milliseconds: Int64(status.st_mtim.tv_sec) * 1000 + Int64(status.st_mtim.tv_nsec) / 1_000_000)
            if written + .seconds(1) < bootTime, !isInMemory(file) { return .absent }
            return .file(PidFile(pid: pid, owner: status.st_uid, writtenAt: written, flaw: flaw))
        } catch {
            return error.code == ENOENT ? .absent : .unusable(error.reason)
        }
    }

    /// Why it can't be told whether the process that has the pid now is the one that the file speaks of, with the remedy; nil when it is.
    ///
    /// - Parameter startedAt: when that process started.
    func denial(of entry: ProcessEntry, startedAt: Timestamp) -> String? {
        if let flaw { return flaw }
        guard owner == 0 || entry.status.userIDs.contains(owner) else {
            return "it belongs to uid \(owner), who doesn't own pid \(pid): chown it"
        }
        // A second, because the start is known in clock ticks and file times are coarse. The clock may have been set since, too, which can't be told from
        // a pid that was given to another process.
        guard startedAt <= writtenAt + .seconds(1) else {
            return "pid \(pid) started after it was written: remove it, or touch it if that is the process"
        }
        return nil
    }

    /// A number on the first line, with blanks around it at most; never 0, 1 or a negative one, which mean others.
    package static func parse(_ bytes: [UInt8]) -> Int32? {
        let blanks: Set<UInt8> = [UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\r")]
        let line = bytes.prefix { $0 != UInt8(ascii: "\n") }
        let number = line.drop { blanks.contains($0) }.prefix { !blanks.contains($0) }
        guard line[number.endIndex...].allSatisfy(blanks.contains), let pid = pid_t(decimal: number), pid > 1
        else { return nil }
        return pid
    }

    private static func isRegular(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
    }

    /// Whether the file is on a file system that no boot outlives, whatever its times say: a host without a clock of its own is at first at a time long
    /// past.
    private static func isInMemory(_ file: borrowing OwnedDescriptor) -> Bool {
        monitor_is_on_tmpfs(file.rawValue) != 0
    }

    private static var bootTime: Timestamp { .wallClock() + (.zero - uptime) }

    fileprivate static var uptime: Duration {
        var now = timespec()
        clock_gettime(CLOCK_BOOTTIME, &now)
        return .seconds(now.tv_sec) + .nanoseconds(now.tv_nsec)
    }
}

extension ProcessIdentity {
    /// When the process started, by the wall clock as it is set now.
    var startedAt: Timestamp {
        let ticksPerSecond = Double(max(1, sysconf(CInt(_SC_CLK_TCK))))
        return .wallClock() + (.seconds(Double(startTime) / ticksPerSecond) - PidFile.uptime)
    }
}
