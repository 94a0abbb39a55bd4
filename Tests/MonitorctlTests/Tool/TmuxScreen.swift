internal import TestSupport

/// A terminal, as tmux emulates it: what a person would see on it.
struct TmuxScreen {
    /// The socket of its server, which ends with it.
    let socket: String

    /// Runs `command`, types `keys` once it has shown something, and reads the screen.
    ///
    /// - Parameters:
    ///   - socket: where no other screen has one.
    ///   - keys: as `tmux send-keys` takes them.
    ///   - marker: on the screen when it is complete.
    /// - Returns: its lines down to the last that isn't empty, without the spaces at their ends.
    /// - Throws: when the marker does not appear within twenty seconds.
    static func capture(
        socket: String, columns: Int, rows: Int = 40, command: String, keys: [String] = [], until marker: String
    ) async throws -> String {
        let screen = TmuxScreen(socket: socket)
        do {
            let text = try await screen.show(columns, rows, command, keys, marker)
            try await screen.tmux("kill-server")
            return text
        } catch {
            _ = try? await screen.tmux("kill-server")
            throw error
        }
    }

    private func show(
        _ columns: Int, _ rows: Int, _ command: String, _ keys: [String], _ marker: String
    ) async throws -> String {
        // It stays when the command has ended, so that its last words can be read.
        try await tmux("new-session", "-d", "-x", "\(columns)", "-y", "\(rows)", "\(command); exec cat")
        var text = ""
        var untyped = keys
        let deadline = ContinuousClock.now + .seconds(20)
        while ContinuousClock.now < deadline {
            text = try await tmux("capture-pane", "-p")
            while text.last == "\n" { text.removeLast() }
            if untyped.isEmpty, text.contains(marker) { return text }
            if !text.isEmpty, !untyped.isEmpty { try await tmux("send-keys", untyped.removeFirst()) }
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
