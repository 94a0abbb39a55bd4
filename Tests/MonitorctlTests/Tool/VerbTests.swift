internal import MonitorCore
internal import Testing

@testable import monitorctl

/// The verbs as they are typed, on an embedded store.
@Suite struct VerbTests {
    @Test("an alarm is set with a note that tells who and why, shown, and cleared")
    func alarm() async throws {
        try await Tool.with { tool in
            try await Daemon.beats(in: tool.store())
            #expect(try await tool("status").status == 0)
            let set = try await tool("alarm", "set", "httpd", "--reason", "new certificate")
            #expect(set.status == 0)
            #expect(set.output == "")
            #expect(set.error == "alarm set: httpd\n")
            let status = try await tool("status")
            #expect(status.status == 3)
            #expect(status.output.contains("Alarm set by \(Tool.user): new certificate"))
            #expect(try await tool("status", "mysqld").status == 0)
            #expect(try await tool("alarm", "clear", "--all").error == "alarm cleared: httpd\n")
            #expect(try await tool("status").status == 0)
        }
    }

    @Test(
        "unknown names are all named, and nothing is done",
        arguments: [["alarm", "set"], ["reset"], ["hold"], ["release"]])
    func unknownNames(verb: [String]) async throws {
        try await Tool.with { tool in
            let result = try await Tool.run(
                ["--config", tool.configurationFile] + verb + ["httpd", "mysqd", "zebra"])
            #expect(result.status == 1)
            #expect(result.output == "")
            #expect(result.error.contains("'mysqd', 'zebra': no such processes; did you mean 'mysqld'?"))
            let processes = try await tool.store().processes(named: nil)
            #expect(processes.allSatisfy { !$0.alarm && $0.hold == nil })
            let events = try await tool.store().history(of: nil, limit: 20)
            #expect(events.map(\.kind) == [.processAdded, .processAdded])
        }
    }

    @Test("a hold tells who, why and until when, and ends with release")
    func hold() async throws {
        try await Tool.with { tool in
            #expect(try await tool("hold", "mysqld", "--for", "2h", "--reason", "new disks").status == 0)
            let hold = try #require(try await tool.store().processes(named: ["mysqld"]).first?.hold)
            #expect(hold.by == Tool.user)
            #expect(hold.reason == "new disks")
            #expect(hold.until.map { $0 - hold.since } == .seconds(7200))
            #expect(try await tool("status").output.contains("HELD by \(Tool.user) until "))
            #expect(try await tool("release", "--all").error == "released: mysqld\n")
            #expect(try await tool.store().processes(named: ["mysqld"]).first?.hold == nil)
            let history = try await tool("history", "mysqld").output.split(separator: "\n")
            #expect(history.count == 3)
            #expect(history[0].contains("  mysqld  released "))
            #expect(history[1].hasSuffix("by \(Tool.user): new disks"))
            #expect(history[2].contains("  mysqld  process_added"))
        }
    }

    @Test("a reset closes the breaker")
    func reset() async throws {
        try await Tool.with { tool in
            let store = tool.store()
            _ = try await store.open()
            try await store.raise([2], .act(of: "ann", note: nil))
            try await Daemon.fails(2, "mysqld", in: store)
            #expect(try await tool("status").output.contains("BREAKER OPEN, next try "))
            #expect(try await tool("reset", "mysqld").error == "reset: mysqld\n")
            #expect(try await store.processes(named: ["mysqld"]).first?.breaker.state == .closed)
            await store.close()
        }
    }

    @Test("processes are added, listed and removed")
    func processes() async throws {
        try await Tool.with([]) { tool in
            #expect(try await tool("init").status == 0)
            #expect(try await tool("init").error == "nothing to do: the tables are there\n")
            #expect(try await tool("process", "add", "httpd", "--id", "7").error == "added: httpd (process 7)\n")
            #expect(try await tool("process", "add", "worker").error == "added: worker (process 8)\n")
            #expect(try await tool("process", "list").output == "7  httpd\n8  worker\n")
            let twice = try await tool("process", "add", "httpd")
            #expect(twice.status == 1)
            #expect(twice.error.hasPrefix("monitorctl: cannot add the process 'httpd': "))
            #expect(try await tool("process", "remove", "httpd").error == "removed: httpd\n")
            #expect(try await tool("process", "list").output == "8  worker\n")
        }
    }

    @Test("a name that could harm is not added", arguments: ["a b", "--help", "$(reboot)", "", "../x"])
    func hostileName(name: String) async throws {
        try await Tool.with { tool in
            let result = try await tool("process", "add", "--", name)
            #expect(result.status == 1)
            #expect(result.error.hasPrefix("monitorctl: cannot add the process '"))
            #expect(try await tool.store().processes(named: nil).count == 2)
        }
    }

    @Test("history and status come as JSON too")
    func json() async throws {
        try await Tool.with { tool in
            #expect(try await tool("hold", "httpd").status == 0)
            let history = try await tool("history", "--json", "--limit", "1")
            #expect(history.output.hasPrefix(#"{"host":"web1","history":[{"at":""#))
            #expect(history.output.hasSuffix("]}\n"))
            #expect(try await tool("alarm", "set", "httpd").status == 0)
            let status = try await tool("status", "--json")
            #expect(status.status == 3)
            #expect(status.output.hasPrefix(#"{"host":"web1","daemon":{"state":"never_seen","version":null,"#))
        }
    }
}
