internal import TestSupport

/// A terminal, as tmux emulates it: what a person would see on it.
struct TmuxScreen {
    /// The socket of its server, which ends with it.
    let socket: String

    /// Runs `command`, gives an answer each time it prompts for one, and reads the screen.
    ///
    /// - Parameters:
    ///   - socket: where no other screen has one.
    ///   - answers: typed one by one, each with Enter, where `prompt` stands at the end of the screen once more.
    ///   - marker: on the screen when it is complete.
    /// - Returns: its lines down to the last that isn't empty, without the spaces at their ends.
    /// - Throws: when the marker does not appear within twenty seconds.
    static func capture(
        socket: String, columns: Int, rows: Int = 40, command: String, answers: [String] = [],
        to prompt: String = "Choice:", until marker: String
    ) async throws -> String {
        let screen = TmuxScreen(socket: socket)
        do {
            let text = try await screen.show(columns, rows, command, answers, prompt, marker)
            try await screen.tmux("kill-server")
            return text
        } catch {
            _ = try? await screen.tmux("kill-server")
            throw error
        }
    }

    private func show(
        _ columns: Int, _ rows: Int, _ command: String, _ answers: [String], _ prompt: String, _ marker: String
    ) async throws -> String {
        // It stays when the command has ended, so that its last words can be read.
        try await tmux("new-session", "-d", "-x", "\(columns)", "-y", "\(rows)", "\(command); exec cat")
        var text = ""
        var typed = 0
        let deadline = ContinuousClock.now + .seconds(20)
        while ContinuousClock.now < deadline {
            text = try await tmux("capture-pane", "-p")
            while text.last == "\n" { text.removeLast() }
            if typed == answers.count, text.contains(marker) { return text }
            // What is typed before a prompt stands before it on the screen, too.
            if typed < answers.count, text.hasSuffix(prompt), text.ranges(of: prompt).count == typed + 1 {
                try await tmux("send-keys", answers[typed], "Enter")
                typed += 1
            }
            try await Task.sleep(for: .milliseconds(50))
        }
        throw TestFailure("'\(marker)' does not appear on:\n\(text)")
    }

    @discardableResult
    private func tmux(_ arguments: String...) async throws -> String {
        let run = try await TestCommand.run("tmux", ["-S", socket, "-f", "/dev/null"] + arguments)
        guard run.status == 0 else { throw TestFailure("tmux \(arguments.first ?? ""): \(run.output)") }
        return run.output
    }
}
