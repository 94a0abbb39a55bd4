internal import Glibc
package import MonitorCore

/// A running process with what it can be recognized by.
package struct ProcessEntry: Sendable, Equatable {
    var stat: ProcStat
    package var status: ProcStatus
    /// Its command line; empty for a kernel thread.
    var arguments: [[UInt8]]
    /// Where `/proc/PID/exe` points to; nil where that is not ours to see.
    var executable: [UInt8]?
    /// What monitord put into the environment of what it started.
    var mark: LaunchMark?
    /// Its control group; nil where the kernel shows none.
    var controlGroup: [UInt8]?

    package var identity: ProcessIdentity { stat.identity }

    /// Reads the rest of what `stat` was read from; nil when the process has ended since.
    init?(reading stat: ProcStat) {
        let file = ProcFile(pid: stat.identity.pid)
        guard let status = file.status() else { return nil }
        // A kernel thread has none of the rest, and they are most of what runs on a large machine.
        guard !stat.isKernelThread else {
            self.init(stat: stat, status: status, arguments: [], executable: nil)
            return
        }
        guard let arguments = file.arguments() else { return nil }
        self.init(stat: stat, status: status, arguments: arguments, executable: file.executable())
        mark = file.environment(limit: LaunchMark.searchedBytes).flatMap(LaunchMark.init(in:))
        controlGroup = file.controlGroup()
    }

    package init(stat: ProcStat, status: ProcStatus, arguments: [[UInt8]], executable: [UInt8]?) {
        self.stat = stat
        self.status = status
        self.arguments = arguments
        self.executable = executable
    }
}

// MARK: - Names

extension ProcessEntry {
    /// Whether this is a process of exactly that name.
    ///
    /// Its names are the last part of `argv[0]`; the name that the kernel shows (`comm`), unless that is the beginning of a longer one; the last
    /// part of its program's path, unless `argv[0]` and `comm` agree on another (`redis-sentinel` is a link to
    /// `redis-server`); and for a script in the hands of an interpreter, in place of the interpreter's own path, the script's with or without its
    /// ending: `python3 -u /opt/shop/worker.py` is `worker.py` and `worker`, `python3 -m worker` is `worker`.
    package func isNamed(_ name: ProcessName) -> Bool {
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

    /// The name that the kernel shows is cut to this many bytes (`TASK_COMM_LEN`).
    static let commLimit = 15

    private var pathNames: [ArraySlice<UInt8>] {
        let program = executable.map { $0.withoutDeletionMark.lastPathComponent }
        if let program, let script = Interpreter(program)?.script(of: arguments) {
            let file = script.lastPathComponent
            return [file, Interpreter.stem(of: file)].compactMap(\.self)
        }
        guard let called = arguments.first?.calledName else { return [program].compactMap(\.self) }
        let isAgreed = !called.isEmpty && called.prefix(Self.commLimit).elementsEqual(stat.comm)
        return isAgreed ? [called] : [called, program].compactMap(\.self)
    }

    /// Whether the command line holds a text as whole words, arguments being divided by one blank.
    ///
    /// Before it is the line's beginning, a blank, `/`, `=`, `:` or `,`, behind it the line's end or one of these: `app.py` is in `python3 /opt/app.py`,
    /// not in `tail -f app.py.log`.
    package func commandLineContains(_ text: String) -> Bool {
        let line = Array(arguments.joined(separator: [UInt8(ascii: " ")]))
        let text = Array(text.utf8)
        guard let first = text.first, let last = text.last else { return false }
        func isBoundary(_ index: Int) -> Bool { !line.indices.contains(index) || Self.dividers.contains(line[index]) }
        var rest = line[...]
        while let range = rest.firstRange(of: text) {
            let begins = Self.dividers.contains(first) || isBoundary(range.lowerBound - 1)
            let ends = Self.dividers.contains(last) || isBoundary(range.upperBound)
            if begins && ends { return true }
            rest = rest[(range.lowerBound + 1)...]
        }
        return false
    }

    private static let dividers = Set(" /=:,".utf8)

    /// Whether the program is one that operators use on another's files and processes, so that a command line that names the process is no sign of
    /// it: a pager, an editor, `grep`, this project's own tool, a shell with the text of a command.
    var isOperatorsTool: Bool {
        let names = [arguments.first?.calledName, executable?.withoutDeletionMark.lastPathComponent].compactMap(\.self)
        if names.contains(where: { Self.tools.contains(String(decoding: $0, as: UTF8.self)) }) { return true }
        guard let program = executable?.withoutDeletionMark.lastPathComponent else { return false }
        return Interpreter(program)?.isShell == true && arguments.dropFirst().contains(Array("-c".utf8))
    }

    private static let tools: Set = [
        "monitorctl", "monitor_service.sh", "tail", "head", "less", "more", "most", "cat", "tac", "vi", "vim", "view",
        "vim.basic", "vim.tiny",
        "nvim", "nano", "pico", "emacs", "ed", "joe", "mcedit", "grep", "egrep", "fgrep", "rg", "ag", "sed", "awk",
        "gawk", "mawk", "pgrep",
        "pkill", "ps", "top", "htop", "lsof", "fuser", "strace", "ltrace", "gdb", "gdbserver", "perf", "watch",
        "journalctl",
        "systemctl", "diff", "cmp", "find", "xargs", "ls", "stat", "file", "md5sum", "sha256sum", "cp", "mv", "rm",
        "rsync", "scp", "ssh", "sftp",
        "tar", "git", "sudo", "su", "doas", "runuser", "man", "inotifywait", "tee", "script", "tmux", "screen",
        "crontab", "logger", "timeout",
    ]
}

// MARK: - Interpreters

/// A program that runs another file, and the way in which it is told which.
struct Interpreter {
    private let family: String

    /// nil for a program that is none. Versions don't count: `python3.11`.
    init?(_ program: some Collection<UInt8>) {
        let versioned = String(decoding: program, as: UTF8.self)
        let name = versioned.prefix { !$0.isNumber && $0 != "." && $0 != "-" }
        guard Self.valued[String(name)] != nil else { return nil }
        family = String(name)
    }

    var isShell: Bool { Self.shells.contains(family) }

    /// The script, or Python's module, that a command line names; nil where it is told the text itself, or nothing.
    func script(of arguments: [[UInt8]]) -> [UInt8]? { named(by: arguments)?.script }

    /// The same where it has to be a file of exactly that path: no module, nor what Node finds under a shorter name.
    func scriptFile(of arguments: [[UInt8]]) -> [UInt8]? {
        guard let (script, isModule) = named(by: arguments), !isModule,
            !family.hasPrefix("node") || Self.stem(of: script.lastPathComponent) != nil
        else { return nil }
        return script
    }

    private func named(by arguments: [[UInt8]]) -> (script: [UInt8], isModule: Bool)? {
        let valued = Self.valued[family] ?? []
        var rest = arguments.dropFirst()
        while let bytes = rest.popFirst() {
            let word = String(decoding: bytes, as: UTF8.self)
            if word == "--" { return rest.first.map { ($0, false) } }
            guard word.count > 1, word.hasPrefix("-") || isShell && word.hasPrefix("+") else {
                return word.isEmpty || word == "-" ? nil : (bytes, false)
            }
            if word.hasPrefix("--") {
                if valued.contains(word) { rest = rest.dropFirst() }
                continue
            }
            switch option(of: word, valued) {
            case .flags: continue
            case .value(let option, let attached):
                let value = attached.isEmpty ? rest.popFirst() : Array(attached.utf8)
                if Self.texts[family, default: []].contains(option) { return nil }
                if Self.files[family] == option { return value.map { ($0, option == "-m") } }
            }
        }
        return nil
    }

    private enum Word {
        case flags
        /// The option, and what of its value is in the same word.
        case value(String, attached: String)
    }

    /// One-letter options may be joined, the last with a value: `-uW ignore`, `-euo pipefail`.
    private func option(of word: String, _ valued: Set<String>) -> Word {
        for index in word.indices.dropFirst() {
            if Self.attaching[family]?.contains(word[index]) == true { return .flags }
            let option = "-\(word[index])"
            if valued.contains(option) {
                let attached = String(word[word.index(after: index)...])
                // A shell takes what follows its letters from the next word, whatever stands behind the letter.
                return .value(option, attached: isShell ? "" : attached)
            }
        }
        return .flags
    }

    /// A script's name without the ending that says what it is written in; nil for one without.
    static func stem(of name: ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
        guard let dot = name.lastIndex(of: UInt8(ascii: ".")), dot > name.startIndex,
            endings.contains(String(decoding: name[(dot + 1)...], as: UTF8.self))
        else { return nil }
        return name[..<dot]
    }

    private static let endings: Set = ["py", "pyc", "sh", "bash", "pl", "rb", "js", "mjs", "cjs", "php", "lua", "tcl"]
    private static let shells: Set = ["sh", "bash", "dash", "ash", "ksh", "mksh", "zsh"]

    /// The options of each that take a value, as far as they stand before the script.
    private static let valued: [String: Set<String>] = [
        "sh": ["-c", "-o"], "dash": ["-c", "-o"], "ash": ["-c", "-o"], "ksh": ["-c", "-o"], "mksh": ["-c", "-o"],
        "zsh": ["-c", "-o"], "bash": ["-c", "-o", "-O", "--rcfile", "--init-file"],
        "python": ["-c", "-m", "-W", "-X", "-Q", "--check-hash-based-pycs"], "pypy": ["-c", "-m", "-W", "-X"],
        "perl": ["-e", "-E", "-I"], "ruby": ["-e", "-I", "-r", "-C", "-E"],
        "node": [
            "-e", "-p", "-r", "-C", "--require", "--import", "--loader", "--experimental-loader", "--conditions",
            "--eval", "--print",
        ],
        "nodejs": ["-e", "-p", "-r", "-C", "--require", "--import", "--loader", "--eval", "--print"],
        "php": ["-r", "-B", "-R", "-E", "-F", "-S", "-f", "-d", "-c", "-t", "-z"], "lua": ["-e", "-l"],
        "tclsh": ["-encoding"],
    ]

    /// Letters behind which all of the word is their value: `-MIO::Socket`.
    private static let attaching: [String: String] = ["perl": "MmiCDFxd", "ruby": "FKWTxi"]

    /// Those whose value is the program's text.
    private static let texts: [String: Set<String>] = [
        "sh": ["-c"], "dash": ["-c"], "ash": ["-c"], "ksh": ["-c"], "mksh": ["-c"], "zsh": ["-c"], "bash": ["-c"],
        "python": ["-c"], "pypy": ["-c"],
        "perl": ["-e", "-E"], "ruby": ["-e"], "node": ["-e", "-p"], "nodejs": ["-e", "-p"],
        "php": ["-r", "-B", "-R", "-E", "-F", "-S"],
        "lua": [],
    ]

    /// Those whose value is the program.
    private static let files = ["python": "-m", "pypy": "-m", "php": "-f"]
}

extension [UInt8] {
    /// What follows the last slash.
    var lastPathComponent: ArraySlice<UInt8> {
        self[(lastIndex(of: UInt8(ascii: "/")).map { $0 + 1 } ?? startIndex)...]
    }

    /// The name in `argv[0]`: also where a program has made a title of it (`setproctitle(3)`): `nginx: master process /usr/sbin/nginx`,
    /// `/usr/bin/redis-server *:6379`.
    fileprivate var calledName: ArraySlice<UInt8> {
        let end =
            firstRange(of: Array(": ".utf8))?.lowerBound ?? firstRange(of: Array(" *:".utf8))?.lowerBound ?? endIndex
        return Array(self[..<end]).lastPathComponent
    }

    /// The kernel's link to a file that is gone, without the words that say so.
    package var withoutDeletionMark: [UInt8] {
        let mark = Array(" (deleted)".utf8)
        return suffix(mark.count).elementsEqual(mark) ? Array(dropLast(mark.count)) : self
    }
}
