internal import Glibc
internal import MonitorCore
internal import Subprocess
internal import SystemPackage
internal import Testing

/// `status --watch` on a real terminal.
@Suite(.timeLimit(.minutes(1)))
struct WatchTests {
    private static let enters = "\u{1B}[?1049h\u{1B}[?25l"
    private static let leaves = "\u{1B}[?25h\u{1B}[?1049l"

    /// Watches on a terminal of 80 × 24 while `body` goes on.
    ///
    /// - Returns: how it ended.
    private func watch(
        _ tool: Tool, _ body: (PseudoTerminal, pid_t) async throws -> Void
    ) async throws -> TerminationStatus {
        let terminal = try PseudoTerminal(columns: 80, rows: 24)
        let arguments = Arguments(["--config", tool.configurationFile, "status", "--watch"])
        let run = try await Subprocess.run(
            .path(FilePath(Tool.path)), arguments: arguments,
            input: .fileDescriptor(terminal.device, closeAfterSpawningProcess: false),
            output: .fileDescriptor(terminal.device, closeAfterSpawningProcess: false), error: .discarded
        ) { execution in
            do {
                try await terminal.read(until: Self.enters)
                try await body(terminal, execution.processIdentifier.value)
            } catch {
                // Otherwise nothing would end it.
                kill(execution.processIdentifier.value, SIGKILL)
                throw error
            }
        }
        #expect(terminal.isAsShellsHaveIt)
        return run.terminationStatus
    }

    @Test("it shows what happens, and q gives the terminal back", arguments: ["q", "\u{3}"])
    func leaving(key: String) async throws {
        try await Tool.with { tool in
            let end = try await watch(tool) { terminal, _ in
                try await terminal.read(until: "2 processes: 2 ok")
                #expect(!terminal.isAsShellsHaveIt)
                try await tool.store().raise([1], .act(of: "ann", note: "from a test"))
                let frame = try await terminal.read(until: "from a test")
                #expect(frame.contains("ALARM for "))
                terminal.type("x")
                terminal.type(key)
                try await terminal.read(until: Self.leaves)
            }
            #expect(end == .exited(0))
        }
    }

    @Test("a signal gives the terminal back too, and ends it as the signal does", arguments: [SIGTERM, SIGINT, SIGHUP])
    func signals(number: Int32) async throws {
        try await Tool.with { tool in
            let end = try await watch(tool) { terminal, pid in
                try await terminal.read(until: "2 processes: 2 ok")
                kill(pid, number)
                try await terminal.read(until: Self.leaves)
            }
            #expect(end == .signaled(number))
        }
    }

    @Test("a window that changes is filled anew, and never overfilled")
    func resize() async throws {
        try await Tool.with((1...30).map { "worker-\($0)" }) { tool in
            _ = try await watch(tool) { terminal, pid in
                try await terminal.read(until: "… and 13 more")
                terminal.resize(columns: 60, rows: 10)
                kill(pid, SIGWINCH)
                let frames = try await terminal.read(until: "… and 27 more").split(separator: "\u{1B}[H")
                let lowest = try #require(frames.first { $0.contains("… and 27 more") })
                #expect(lowest.utf8.count { $0 == UInt8(ascii: "\n") } < 10)
                terminal.type("q")
                try await terminal.read(until: Self.leaves)
            }
        }
    }
}
