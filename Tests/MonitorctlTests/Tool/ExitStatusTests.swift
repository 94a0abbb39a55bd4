internal import MonitorCore
internal import Testing

@testable import monitorctl

/// The exit statuses that monitorctl(8) promises, from the program itself.
@Suite struct ExitStatusTests {
    @Test(
        "a wrong command line ends with 64, and says what would be right",
        arguments: [
            ([], "no command given; there are status, alarm"),
            (["alarm"], "no command given; there are set, clear; see 'monitorctl alarm --help'"),
            (["statsu"], "unknown command 'statsu'; did you mean 'status'?"),
            (["alarm", "sett", "httpd"], "unknown command 'sett'; did you mean 'set'?"),
            (["process", "ad", "x"], "unknown command 'ad'; did you mean 'add'?"),
            (["reset"], "give the names of processes, or --all"),
            (["hold", "httpd", "--all"], "give names or --all, not both"),
            (["hold", "httpd", "--for", "soon"], "'soon'"),
            (["alarm", "set", "httpd", "--timeout", "5"], "--timeout is of no use without --wait"),
            (["history", "--limit", "0"], "--limit takes a number from 1 on"),
            (["status", "--json", "--watch"], "give one of them"),
            (["status", "--watch"], "standard output is no terminal"),
            (["status", "--colour"], "unknown option '--colour'"),
            (["--confg", "x", "status"], "unknown option '--confg'. Did you mean '--config'?"),
            (["zebra"], "unknown command 'zebra'; there are status, alarm, cancel"),
        ])
    func usage(arguments: [String], message: String) async throws {
        try await Tool.with { tool in
            let result = try await Tool.run(["--config", tool.configurationFile] + arguments)
            #expect(result.status == 64)
            #expect(result.output == "")
            #expect(result.error.hasPrefix("monitorctl: "))
            #expect(result.error.contains(message))
        }
    }

    @Test("help and the version are data, wherever they are asked for")
    func help() async throws {
        for arguments in [["--help"], ["help", "status"], ["alarm", "set", "--help"]] {
            let result = try await Tool.run(arguments)
            #expect(result.status == 0)
            #expect(result.output.contains("USAGE: monitorctl"))
            #expect(result.error == "")
        }
        let version = try await Tool.run(["--version"])
        #expect(version.output.split(separator: "\n").count == 1)
        #expect(version.output == MonitorVersion.text + "\n")
    }

    @Test("--config is taken before and after the command")
    func configurationAnywhere() async throws {
        try await Tool.with { tool in
            for arguments in [
                ["--config", tool.configurationFile, "process", "list"],
                ["process", "--config", tool.configurationFile, "list"],
                ["process", "list", "--config=\(tool.configurationFile)"],
            ] {
                let result = try await Tool.run(arguments)
                #expect(result.output == "1  httpd\n2  mysqld\n")
            }
        }
    }

    @Test("a wrong configuration ends with 78, every problem of it told")
    func configuration() async throws {
        try await Tool.with(configuration: "check_intervall = 5\nmax_restart_failures = x") { tool in
            for command in ["status", "check"] {
                let result = try await tool(command)
                #expect(result.status == 78)
                let told = result.output + result.error
                #expect(told.contains("config.ini:6: "))
                #expect(told.contains("config.ini:7: "))
                #expect(told.contains("check_interval"))
            }
        }
        let missing = try await Tool.run(["--config", "/nonexistent/config.ini", "status"])
        #expect(missing.status == 78)
        #expect(missing.error.contains("/nonexistent/config.ini"))
    }

    @Test("a database that can't be reached ends with 69")
    func unreachable() async throws {
        try await Tool.with([]) { tool in
            try tool.write(
                "[database]\nhost = 127.0.0.1\nport = 1\nuser = nobody\nconnect_timeout = 1\n",
                to: tool.configurationFile)
            let result = try await tool("status")
            #expect(result.status == 69)
            #expect(result.output == "")
            #expect(result.error.hasPrefix("monitorctl: cannot "))
        }
    }
}
