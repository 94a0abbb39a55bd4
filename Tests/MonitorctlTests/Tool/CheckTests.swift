internal import Testing

/// `check`, on an embedded store.
@Suite struct CheckTests {
    @Test("it changes nothing: a missing database stays missing, and is an error with its remedy")
    func missing() async throws {
        try await Tool.with([]) { tool in
            for command in [["check"], ["status"], ["process", "list"], ["alarm", "set", "--all"]] {
                let result = try await Tool.run(["--config", tool.configurationFile] + command)
                #expect(result.status == (command == ["check"] ? 1 : 69))
                #expect((result.output + result.error).contains("there is no such file; 'monitorctl init' creates it"))
                let files = try await Tool.bash("ls \(tool.directory)")
                #expect(!files.contains("monitor.db"))
            }
        }
    }

    @Test("it says of each thing how it is")
    func everything() async throws {
        try await Tool.with(configuration: "[logging]\nfile = /dev/null/monitor.log") { tool in
            try await Daemon.beats(in: tool.store())
            let result = try await tool("check")
            #expect(result.status == 0)
            for line in [
                #"(?m)^ok +configuration +.*/config\.ini$"#, #"(?m)^ok +database +SQLite .* answers$"#,
                #"(?m)^ok +daemon +monitord 1\.0\.0 on web1 is running"#, #"(?m)^ok +processes +2 monitored$"#,
                #"(?m)^warning +wake socket +.*/wake is not there"#,
                #"(?m)^warning +log +/dev/null/monitor\.log can't be written: not a directory"#,
                #"(?m)^(ok|warning) +systemd"#,
            ] {
                let pattern = try Regex(line)
                #expect(result.output.contains(pattern), "\(line) in \(result.output)")
            }
        }
    }
}
