internal import MonitorCore
internal import Testing

/// `alarm set --wait`, with a test in the place of the daemon.
@Suite struct WaitTests {
    /// Runs `alarm set mysqld --wait` while `daemon` does its work, once the alarm is there.
    private func wait(
        _ arguments: String..., configuration: String = "",
        daemon: @escaping @Sendable (any AlarmStore & ControlStore) async throws -> Void
    ) async throws -> Tool.Outcome {
        var outcome: Tool.Outcome?
        try await Tool.with(configuration: configuration) { tool in
            let store = tool.store()
            _ = try await store.open()
            try await Daemon.beats(in: store)
            async let played: Void = {
                while try await store.poll().isEmpty { try await Task.sleep(for: .milliseconds(20)) }
                try await daemon(store)
            }()
            outcome = try await Tool.run(
                ["alarm", "set", "mysqld", "--wait", "--config", tool.configurationFile] + arguments)
            try await played
            await store.close()
        }
        return try #require(outcome)
    }

    @Test("ends with 0 when a recovery has cleared the alarm, and tells how it came about")
    func recovered() async throws {
        let result = try await wait { try await Daemon.recovers(2, "mysqld", in: $0) }
        #expect(result.status == 0)
        #expect(result.output == "")
        #expect(result.error.contains("mysqld: recovered in 1.2 s: attempt 1: recovered\nmysqld: alarm cleared\n"))
    }

    @Test("ends with 1 when the breaker opens")
    func breakerOpens() async throws {
        let result = try await wait { try await Daemon.fails(2, "mysqld", in: $0) }
        #expect(result.status == 1)
        #expect(result.error.contains("mysqld: recovery failed (3 of 3 failures): attempt 1: failed\n"))
        #expect(result.error.contains("mysqld: breaker open, next try "))
    }

    @Test("ends with 1 when an operator takes the alarm away")
    func clearedByHand() async throws {
        let result = try await wait { try await $0.clearAlarm([2], note: nil) }
        #expect(result.status == 1)
        #expect(result.error.contains("mysqld: alarm cleared, though not by a recovery\n"))
    }

    @Test("ends with 75 when the time is over")
    func timeout() async throws {
        let result = try await wait("--timeout", "300ms") { _ in }
        #expect(result.status == 75)
        #expect(
            result.error.hasSuffix(
                "monitorctl: cannot wait for 'mysqld': no outcome after 0.3 s; the alarm stays set\n"))
    }

    @Test("ends with 75 as soon as the daemon is silent")
    func silentDaemon() async throws {
        let result = try await wait { try await Daemon.beats(in: $0, due: .zero) }
        #expect(result.status == 75)
        #expect(result.error.contains("monitord on web1 is NOT RUNNING: last heartbeat "))
    }

    @Test("ends with 75 at once where no daemon was ever seen")
    func noDaemon() async throws {
        try await Tool.with { tool in
            let result = try await tool("alarm", "set", "httpd", "--wait")
            #expect(result.status == 75)
            #expect(
                result.error.contains("monitord on web1 is NOT RUNNING: it was never seen here; the alarm stays set"))
            #expect(try await tool.store().processes(named: ["httpd"]).first?.alarm == true)
        }
    }
}
