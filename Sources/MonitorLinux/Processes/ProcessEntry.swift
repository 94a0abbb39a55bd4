internal import Glibc
internal import MonitorCore

/// A running process with what it can be recognized by.
struct ProcessEntry: Sendable, Equatable {
    var stat: ProcStat
    var status: ProcStatus
    /// Its command line; empty for a kernel thread.
    var arguments: [[UInt8]]
    /// Where `/proc/PID/exe` points to; nil where that is not ours to see.
    var executable: [UInt8]?

    var identity: ProcessIdentity { stat.identity }

    /// Reads the rest of what `stat` was read from; nil when the process has ended since.
    init?(reading stat: ProcStat) {
        let file = ProcFile(pid: stat.identity.pid)
        guard let status = file.status(), let arguments = file.arguments() else { return nil }
        self.init(stat: stat, status: status, arguments: arguments, executable: file.executable())
    }

    init(stat: ProcStat, status: ProcStatus, arguments: [[UInt8]], executable: [UInt8]?) {
        self.stat = stat
        self.status = status
        self.arguments = arguments
        self.executable = executable
    }
}

extension ProcessEntry {
    /// Whether this is a process of exactly that name.
    ///
    /// Its names are the one that the kernel shows (`comm`), unless that is the beginning of a longer one; the last part of its program's path
    /// and of `argv[0]`; and for a script in the hands of an interpreter, in place of the interpreter's own path, the
    /// last part of the script's: `python3 /opt/shop/worker` is `worker`. That holds for a script given as the first
    /// argument; `match` finds all others.
    func isNamed(_ name: ProcessName) -> Bool {
        let name = Array(name.rawValue.utf8)
        let pathNames = pathNames
        if pathNames.contains(where: { $0.elementsEqual(name) }) { return true }
        let isCut =
            stat.comm.count == Self.commLimit
            && pathNames.contains { name in
                name.count > Self.commLimit && name.starts(with: stat.comm)
            }
        return !isCut && stat.comm == name
    }

    /// Whether the command line holds a text, arguments being divided by one blank, as for `pgrep -f`.
    func commandLineContains(_ text: String) -> Bool {
        let line = Array(arguments.joined(separator: [UInt8(ascii: " ")]))
        return line.firstRange(of: Array(text.utf8)) != nil
    }

    /// The name that the kernel shows is cut to this many bytes (`TASK_COMM_LEN`).
    static let commLimit = 15

    private var pathNames: [ArraySlice<UInt8>] {
        let program = executable.map { $0.withoutDeletionMark.lastPathComponent }
        if arguments.count > 1, let script = arguments[1].first, script != UInt8(ascii: "-"),
            let program, Self.isInterpreter(program)
        {
            return [arguments[1].lastPathComponent]
        }
        return [program, arguments.first?.lastPathComponent].compactMap(\.self)
    }

    private static func isInterpreter(_ program: ArraySlice<UInt8>) -> Bool {
        let versioned = String(decoding: program, as: UTF8.self)
        let name = versioned.prefix { !$0.isNumber && $0 != "." && $0 != "-" }
        return interpreters.contains(String(name))
    }

    private static let interpreters: Set = [
        "sh", "bash", "dash", "ash", "ksh", "mksh", "zsh", "python", "perl", "ruby", "node", "php", "lua", "tclsh",
    ]
}

extension [UInt8] {
    /// What follows the last slash.
    var lastPathComponent: ArraySlice<UInt8> {
        self[(lastIndex(of: UInt8(ascii: "/")).map { $0 + 1 } ?? startIndex)...]
    }

    /// The kernel's link to a file that is gone, without the words that say so.
    var withoutDeletionMark: [UInt8] {
        let mark = Array(" (deleted)".utf8)
        return suffix(mark.count).elementsEqual(mark) ? Array(dropLast(mark.count)) : self
    }
}
