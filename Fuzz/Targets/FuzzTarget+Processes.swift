import MonitorCore
import MonitorLinux

extension FuzzTarget {
    /// Telling processes by name: `comm`, program, then arguments, divided by NUL as in `/proc/PID/cmdline`.
    static let processEntry = FuzzTarget(name: "process-entry") { (bytes) throws(BrokenInvariant) in
        let parts = bytes.parts(dividedBy: 0, atMost: 3)
        let (comm, program) = (parts[0], parts.count > 1 ? parts[1] : [])
        let cmdline = parts.count > 2 ? parts[2] : []
        let arguments = ProcFile.splitAtNUL(cmdline)
        try demand(
            Array(arguments.map { $0 + [0] }.joined()) == cmdline + (cmdline.last.map { $0 == 0 } ?? true ? [] : [0]),
            "no byte of a command line is lost")
        let entry = ProcessEntry(
            stat: ProcStat(comm: comm), status: ProcStatus.nobody, arguments: arguments, executable: program)
        var names = [comm, base(program), base(program.withoutDeletionMark)]
        names += arguments.prefix(2).map(base)
        for bytes in names {
            guard let name = try? ProcessName(bytes.decoded) else { continue }
            let (longer, shorter) = (try? ProcessName("\(name)x"), try? ProcessName(String(name.rawValue.dropLast())))
            for name in [name, longer, shorter].compactMap(\.self) where entry.isNamed(name) {
                try demand(names.contains(Array(name.rawValue.utf8)), "'\(name)' is one of its names")
            }
        }
        for argument in arguments {
            // An empty text is nowhere: it would be in every command line.
            guard let text = String(validating: argument, as: UTF8.self), !text.isEmpty else { continue }
            try demand(entry.commandLineContains(text), "'\(text)' is in the command line")
        }
        let kept = CommandEnvironment.inheritable(arguments)
        let secrets = ["NOTIFY_SOCKET=", "CREDENTIALS_DIRECTORY=", "MONITOR_DATABASE_PASSWORD="]
        for variable in kept {
            try demand(!secrets.contains { variable.starts(with: $0.utf8) }, "'\(variable.decoded)' is the daemon's")
        }
        try demand(CommandEnvironment.inheritable(kept) == kept, "what is inheritable stays so")
    }

    private static func base(_ path: [UInt8]) -> [UInt8] {
        path.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false).last.map(Array.init) ?? []
    }

    /// Files with a pid in them, which say whom root is to kill.
    static let pidFile = FuzzTarget(name: "pid-file") { (bytes) throws(BrokenInvariant) in
        let line = bytes.parts(dividedBy: UInt8(ascii: "\n"))[0]
        let word = line.split { " \t\r".utf8.contains($0) }.map(Array.init)
        let pid = PidFile.parse(bytes)
        let digits = word.count == 1 && word[0].allSatisfy { (0x30...0x39).contains($0) } ? word[0].decoded : nil
        let meant = digits.flatMap { Int32($0) }.flatMap { $0 > 1 ? $0 : nil }
        try demand(pid == meant, "'\(line.decoded)' is \(pid.map(String.init) ?? "nobody")")
    }

    /// Records of how processes were started: as a file, and as parts that become one, divided by NUL.
    static let launchRecord = FuzzTarget(name: "launch-record") { (bytes) throws(BrokenInvariant) in
        if let launch = try? LaunchSpec(encoded: bytes) { try check(launch) }
        let parts = bytes.parts(dividedBy: 0)
        guard parts.count > 3 else { return }
        let ids = parts[1].map(UInt32.init)
        var launch = LaunchSpec(executable: "/" + parts[0].decoded, arguments: [parts[2]])
        launch.arguments += parts[3...]
        launch.environment = parts[1].first.map { $0 > 99 } ?? true ? nil : Array(parts[3...])
        launch.workingDirectory = ids.count > 3 ? "/" + parts[3].decoded : nil
        if ids.count > 1 { launch.credentials = .init(uid: ids[0] << 24, gid: ids[1], groups: Array(ids[2...])) }
        try check(launch)
        // A record that was not written to its end is none.
        let record = launch.encoded
        let length = Int(parts[1].first ?? 0) % record.count
        try demand((try? LaunchSpec(encoded: Array(record[..<length]))) == nil, "\(length) bytes of a record are one")
    }

    private static func check(_ launch: LaunchSpec) throws(BrokenInvariant) {
        try demand(launch.executable.utf8.first == UInt8(ascii: "/"), "program '\(launch.executable)' is absolute")
        try demand((launch.workingDirectory ?? "/").utf8.first == UInt8(ascii: "/"), "an absolute directory")
        try demand(!launch.arguments.isEmpty, "there is an argv[0]")
        for text in launch.arguments + (launch.environment ?? []) { try demand(!text.contains(0), "no NUL in a text") }
        try demand((try? LaunchSpec(encoded: launch.encoded)) == launch, "\(launch) is the same again")
    }
}

extension ProcStat {
    /// An ordinary process with this name.
    fileprivate init(comm: [UInt8]) {
        self.init(parsing: Array("42 (w) S 1 42 42 0 -1 0 1 2 3 4 5 6 7 8 20 0 1 0 9".utf8))!
        self.comm = comm
    }
}

extension ProcStatus {
    fileprivate static var nobody: ProcStatus {
        ProcStatus(parsing: Array("Uid:\t9\t9\t9\t9\nGid:\t9\t9\t9\t9\n".utf8))!
    }
}
