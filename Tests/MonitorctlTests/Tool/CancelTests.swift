internal import Glibc
internal import MonitorCore
internal import TestSupport
internal import Testing

@testable import monitorctl

/// `cancel`, with a test in the place of the daemon.
@Suite struct CancelTests {
    /// Claims the recovery of `mysqld`, which is in alarm, as a living daemon does.
    private func claim(in store: any AlarmStore & ControlStore) async throws {
        _ = try await store.open()
        try await Daemon.beats(in: store)
        try await store.setAlarm([2], note: nil)
        let request = ClaimRequest(
            processID: 2, instance: Daemon.identity.instance, startedAt: .wallClock(), breaker: CircuitBreaker(),
            expectedGeneration: 0)
        #expect(try await store.claim(request) == .claimed)
    }

    @Test("it clears the alarm, and returns when the daemon has ended the recovery")
    func ended() async throws {
        try await Tool.with { tool in
            let store = tool.store()
            try await claim(in: store)
            async let result = tool("cancel", "mysqld")
            while try await !store.poll().isEmpty { try await Task.sleep(for: .milliseconds(20)) }
            let completion = Completion(
                id: "web1-1-1", instance: Daemon.identity.instance, processID: 2, processName: "mysqld",
                outcome: .interrupted, startedAt: .wallClock())
            _ = try await store.complete(completion)
            let outcome = try await result
            #expect(outcome.status == 0)
            #expect(outcome.error == "alarm cleared: mysqld\nrecovery ended: mysqld\n")
            let process = try await store.processes(named: ["mysqld"])[0]
            #expect(process.notes == "Cancelled by \(Tool.user)")
            await store.close()
        }
    }

    @Test("it ends with 75 when the recovery goes on, and says when it will end; the alarm is cleared all the same")
    func timeout() async throws {
        try await Tool.with { tool in
            let store = tool.store()
            try await claim(in: store)
            let outcome = try await tool("cancel", "mysqld", "--timeout", "300ms")
            #expect(outcome.status == 75)
            #expect(
                outcome.error.hasSuffix(
                    "cannot wait for mysqld: the recovery has not ended after 0.3 s; the alarm is cleared, and monitord "
                        + "ends the recovery at its next poll, within 5 min\n"))
            #expect(try await store.poll().isEmpty)
            await store.close()
        }
    }

    @Test("without a recovery it is done at once; what is not in alarm keeps its note")
    func noRecovery() async throws {
        try await Tool.with { tool in
            let store = tool.store()
            try await store.setAlarm([1], note: "down")
            let outcome = try await tool("cancel", "--all")
            #expect(outcome.status == 0)
            #expect(outcome.error == "alarm cleared: httpd\n")
            #expect(try await store.processes(named: nil).map(\.notes) == ["Cancelled by \(Tool.user)", nil])
            await store.close()
        }
    }
}

/// What the exit status of `status` says of the daemon.
@Suite struct DaemonDownTests {
    @Test("status ends with 0 only where a daemon is alive, and with 3 wherever something is in alarm")
    func status() async throws {
        try await Tool.with { tool in
            let store = tool.store()
            for arguments in [["status"], ["status", "httpd"], ["status", "--json"]] {
                let never = try await Tool.run(["--config", tool.configurationFile] + arguments)
                #expect(never.status == 4, "\(arguments)")
            }
            try await Daemon.beats(in: store)
            #expect(try await tool("status").status == 0)
            try await store.setAlarm([1], note: nil)
            #expect(try await tool("status").status == 3)
            #expect(try await tool("status", "mysqld").status == 0)
            try await Daemon.beats(in: store, due: .seconds(-1))
            #expect(try await tool("status").status == 3)
            #expect(try await tool("status", "mysqld").status == 4)
            #expect(try await tool("check").status == 1)
            await store.close()
        }
    }

    /// The example of the manual page, run by a shell.
    private func pages(_ tool: Tool) async throws -> String {
        let page = try RepositoryFile("Resources/man/monitorctl.8").text()
        let lines = page.split(separator: "\n")
        let start = try #require(lines.firstIndex { $0.contains("send-to-pager") })
        let example = lines[start]
        let programs = Tool.path.split(separator: "/").dropLast().map { "/" + $0 }.joined()
        return try await Tool.bash(
            """
            export PATH=\(programs):$PATH MONITOR_CONFIG=\(tool.configurationFile) RUNTIME_DIRECTORY=\(tool.directory)
            send-to-pager() { echo "paged: $(cat)"; }
            \(example)
            """)
    }

    @Test(
        "the pager of the manual page's example is told of an alarm, of a dead daemon, and of a database that is away")
    func pager() async throws {
        try await Tool.with { tool in
            let store = tool.store()
            #expect(try await pages(tool).hasPrefix(#"paged: {"host":"web1","daemon":{"state":"never_seen""#))
            try await Daemon.beats(in: store)
            #expect(try await pages(tool) == "")
            try await store.setAlarm([1], note: nil)
            #expect(try await pages(tool).contains(#"paged: {"host":"web1","daemon":{"state":"running""#))
            await store.close()
            for suffix in ["", "-wal", "-shm"] { unlink("\(tool.directory)/monitor.db\(suffix)") }
            #expect(try await pages(tool).hasPrefix("paged: monitorctl: cannot open the database"))
        }
    }
}
