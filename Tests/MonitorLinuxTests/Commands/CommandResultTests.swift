import Testing

@testable import MonitorCore
@testable import MonitorLinux

@Suite struct CommandResultTests {
    @Test(arguments: [
        (CommandResult.Ending.exited(1), "pgrep worker exited with 1"),
        (.exited(126), "pgrep worker exited with 126 (not executable)"),
        (.exited(127), "pgrep worker exited with 127 (command not found)"),
        (.signalled(9), "pgrep worker was killed by SIGKILL"),
        (.signalled(35), "pgrep worker was killed by signal 35"),
        (.timedOut(.seconds(5)), "pgrep worker timed out after 5 s"),
        (.timedOut(.milliseconds(250)), "pgrep worker timed out after 0.25 s"),
        (.cancelled, "pgrep worker was cancelled"),
        (.couldNotStart("too many open files"), "pgrep worker could not be started: too many open files"),
    ])
    func `tells how a command ended`(_ ending: CommandResult.Ending, _ phrase: String) {
        #expect(CommandResult(ending).phrase(for: "pgrep worker") == phrase)
    }

    @Test func `adds what the command said last`() {
        var output = CommandOutput()
        output.append(Array("checking\nport 80 in use\n\n".utf8)[...])
        let result = CommandResult(.exited(3), output: output)
        #expect(result.phrase(for: "pre_restart_command") == "pre_restart_command exited with 3: port 80 in use")
    }

    @Test func `only an exit with 0 is success`() {
        #expect(CommandResult(.exited(0)).succeeded)
        #expect(!CommandResult(.exited(1)).succeeded)
        #expect(!CommandResult(.timedOut(.seconds(1))).succeeded)
    }
}
