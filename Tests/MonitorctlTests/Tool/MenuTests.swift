internal import MonitorCore
internal import Testing

/// The menu, its choices coming through a pipe.
@Suite struct MenuTests {
    /// The processes in alarm after these choices.
    private func alarms(after choices: String) async throws -> (names: [String], outcome: Tool.Outcome) {
        var names: [String] = []
        var outcome: Tool.Outcome?
        try await Tool.with(["httpd", "mysqld", "worker"]) { tool in
            try await tool.store().raise([2], .act(of: "ann", note: nil))
            outcome = try await tool("menu", input: choices)
            names = try await tool.store().processes(named: nil).filter(\.alarm).map(\.name)
        }
        return (names, try #require(outcome))
    }

    @Test(
        "each choice does what it says",
        arguments: [
            ("1\n", ["mysqld"]), ("2\n3\n", ["mysqld", "worker"]), ("2\nhttpd\n", ["httpd", "mysqld"]),
            ("3\n", ["httpd", "mysqld", "worker"]), ("4\n", []), ("3\n4\n2\n1\n", ["httpd"]), (" 4 \nq\n3\n", []),
        ])
    func choices(input: String, inAlarm: [String]) async throws {
        let (names, outcome) = try await alarms(after: input)
        #expect(names == inAlarm)
        #expect(outcome.status == 0)
        #expect(outcome.error == "")
    }

    @Test(
        "nonsense changes nothing, and is told",
        arguments: [
            ("7\n", "'7' is none of the choices"), ("\n", "'' is none of the choices"),
            ("2\n9\n", "no service '9'"), ("2\nmysqd\n", "no service 'mysqd'; did you mean 'mysqld'?"),
            ("2\n-1\n", "no service '-1'"), ("\u{7F}\n", "'\\u{7f}' is none of the choices"),
        ])
    func nonsense(input: String, answer: String) async throws {
        let (names, outcome) = try await alarms(after: input)
        #expect(names == ["mysqld"])
        #expect(outcome.output.contains(answer))
        #expect(outcome.status == 0)
    }

    @Test("the end of the input leaves, also in the middle of a question", arguments: ["", "2\n", "1"])
    func end(input: String) async throws {
        let (names, outcome) = try await alarms(after: input)
        #expect(names == ["mysqld"])
        #expect(outcome.status == 0)
    }

    @Test(
        "on a terminal the two choices for all ask again, and take no for an answer",
        arguments: [
            ("3", "Put all 3 services in alarm? [y/N]", "n", ["mysqld"]),
            ("3", "Put all 3 services in alarm? [y/N]", "y", ["httpd", "mysqld", "worker"]),
            ("4", "Clear one alarm, without a recovery? [y/N]", "", ["mysqld"]),
            ("4", "Clear one alarm, without a recovery? [y/N]", "y", []),
        ])
    func isSure(choice: String, question: String, answer: String, inAlarm: [String]) async throws {
        try await Tool.with(["httpd", "mysqld", "worker"]) { tool in
            try await tool.store().raise([2], .act(of: "ann", note: nil))
            let terminal = try PseudoTerminal(columns: 80, rows: 24)
            async let status = Tool.run(["--config", tool.configurationFile, "menu"], on: terminal)
            try await terminal.read(until: "Choice: ")
            terminal.type(choice + "\n")
            try await terminal.read(until: question)
            terminal.type(answer + "\n")
            try await terminal.read(until: "Choice: ")
            terminal.type("q\n")
            _ = try await status
            #expect(try await tool.store().processes(named: nil).filter(\.alarm).map(\.name) == inAlarm)
        }
    }

    @Test("the services are displayed with their state")
    func display() async throws {
        let (_, outcome) = try await alarms(after: "1\n")
        #expect(outcome.output.contains("mysqld  ALARM"))
        #expect(outcome.output.contains("httpd   OK"))
    }
}
