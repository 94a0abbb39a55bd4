import Glibc

/// A program that runs, with no input; its output goes nowhere, or to a file.
struct Program {
    let pid: pid_t

    /// - Parameter arguments: the first is the program's path, or its name, to be looked for in PATH.
    init(_ arguments: [String], output: String = "/dev/null") throws {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, output, O_WRONLY | O_CREAT | O_APPEND, 0o600)
        posix_spawn_file_actions_adddup2(&actions, 1, 2)
        var vector = arguments.map { strdup($0) } + [nil]
        defer { for text in vector { free(text) } }
        var pid: pid_t = 0
        let status = posix_spawnp(&pid, arguments[0], &actions, nil, &vector, environ)
        guard status == 0 else { throw Failure("cannot start '\(arguments[0])': \(String(cString: strerror(status)))") }
        self.pid = pid
    }

    /// - Returns: the exit status; 128 and the signal where one ended it.
    func wait() -> Int32 {
        var status: Int32 = 0
        while waitpid(pid, &status, 0) < 0, errno == EINTR {}
        return status & 0x7f == 0 ? (status >> 8) & 0xff : 128 + status & 0x7f
    }

    /// Runs a program to its end, which has to be a good one.
    static func run(_ arguments: String..., output: String = "/dev/null", endsWith expected: Int32 = 0) throws {
        try run(arguments, output: output, endsWith: expected)
    }

    static func run(_ arguments: [String], output: String = "/dev/null", endsWith expected: Int32 = 0) throws {
        let status = try Program(arguments, output: output).wait()
        guard status == expected else {
            throw Failure("'\(arguments.prefix(4).joined(separator: " "))' ended with \(status)")
        }
    }

    /// What a program prints.
    static func output(of arguments: [String]) throws -> String {
        let file = "/tmp/output"
        unlink(file)
        _ = try Program(arguments, output: file).wait()
        return try contents(of: file)
    }

    /// The path of a program that was built with this one.
    static func path(beside name: String) throws -> String {
        guard let path = realpath("/proc/self/exe", nil) else { throw Failure(call: "find this program") }
        defer { free(path) }
        return String(cString: path).split(separator: "/").dropLast().reduce("") { "\($0)/\($1)" } + "/\(name)"
    }

    static func isInstalled(_ name: String) -> Bool {
        ["/usr/bin/", "/usr/sbin/", "/bin/", "/sbin/"].contains { access($0 + name, X_OK) == 0 }
    }
}

// MARK: - Files

func contents(of path: String) throws -> String {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw Failure(call: "open '\(path)'") }
    defer { close(descriptor) }
    var text: [UInt8] = []
    var part = [UInt8](repeating: 0, count: 16384)
    while case let count = read(descriptor, &part, part.count), count > 0 { text += part.prefix(count) }
    return String(decoding: text, as: UTF8.self)
}

func write(_ text: String, to path: String, mode: mode_t = 0o600) throws {
    let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode)
    guard descriptor >= 0 else { throw Failure(call: "open '\(path)'") }
    defer { close(descriptor) }
    let bytes = Array(text.utf8)
    guard Glibc.write(descriptor, bytes, bytes.count) == bytes.count else { throw Failure(call: "write '\(path)'") }
}
