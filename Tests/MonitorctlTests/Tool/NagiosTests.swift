internal import Glibc
internal import MonitorCore
internal import Testing

@testable import monitorctl

/// `nagios`, and the same program by the name `check_monitord`: one line on standard output, one of four codes.
@Suite struct NagiosTests {
    @Test("it ends with 0, 1 and 2 as things get worse")
    func codes() async throws {
        try await Tool.with { tool in
            let store = tool.store()
            _ = try await store.open()
            let dead = try await tool("nagios")
            #expect(dead.status == 2)
            #expect(dead.output.hasPrefix("MONITORD CRITICAL: monitord on web1 is NOT RUNNING"))
            try await Daemon.beats(in: store)
            let well = try await tool("nagios")
            #expect(well.status == 0)
            #expect(well.output.hasPrefix("MONITORD OK: 2 processes: 2 ok | alarms=0;;;0;2 "))
            try await store.raise([2], .act(of: "ann", note: "queue stuck"))
            let alarmed = try await tool("nagios", "-v")
            #expect(alarmed.status == 1)
            #expect(alarmed.output.split(separator: "\n").count == 2)
            #expect(try await tool("nagios", "httpd").status == 0)
            #expect(try await tool("nagios", "-c", "0").status == 2)
            try await Daemon.fails(2, "mysqld", in: store)
            let given = try await tool("nagios")
            #expect(given.status == 2)
            #expect(given.output.contains("mysqld BREAKER OPEN"))
            #expect(given.error == "")
            await store.close()
        }
    }

    @Test(
        "what can't be found out is UNKNOWN, on standard output, and never a good or bad code",
        arguments: [
            (["nagios", "nobody"], "no such process"), (["nagios", "-w", "x"], "'x' is no range"),
            (["nagios", "--colour"], "unknown option '--colour'"), (["nagios", "-t", "0"], "--timeout takes"),
        ])
    func unknown(arguments: [String], message: String) async throws {
        try await Tool.with { tool in
            let result = try await Tool.run(["--config", tool.configurationFile] + arguments)
            #expect(result.status == 3)
            #expect(result.output.hasPrefix("MONITORD UNKNOWN: "))
            #expect(result.output.contains(message))
            #expect(result.output.split(separator: "\n").count == 1)
        }
    }

    @Test("a database that is not there is UNKNOWN too, and so is a server that never answers")
    func noDatabase() async throws {
        try await Tool.with([]) { tool in
            let missing = try await tool("nagios")
            #expect(missing.status == 3)
            #expect(missing.output.contains("there is no such file"))
            // A listener that accepts and says nothing.
            let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
            defer { close(listener) }
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
            var length = socklen_t(MemoryLayout<sockaddr_in>.size)
            withUnsafeMutablePointer(to: &address) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    _ = bind(listener, $0, length)
                    _ = listen(listener, 8)
                    _ = getsockname(listener, $0, &length)
                }
            }
            try tool.write(
                """
                [database]
                host = 127.0.0.1
                port = \(UInt16(bigEndian: address.sin_port))
                user = monitor
                connect_timeout = 60s
                query_timeout = 60s
                """, to: tool.configurationFile)
            let silent = try await tool("nagios", "--timeout", "1")
            #expect(silent.status == 3)
            #expect(silent.output == "MONITORD UNKNOWN: no answer within 1 s\n")
        }
    }

    @Test("called check_monitord it is a plugin, without a verb")
    func pluginName() async throws {
        try await Tool.with { tool in
            let plugin = tool.directory + "/check_monitord"
            #expect(symlink(Tool.path, plugin) == 0)
            let result = try await Tool.run(["--config", tool.configurationFile, "-w", "1"], program: plugin)
            #expect(result.status == 2)
            #expect(result.output.hasPrefix("MONITORD CRITICAL: "))
            #expect(try await Tool.run(["--help"], program: plugin).status == 3)
        }
    }
}
