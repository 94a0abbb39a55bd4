import Foundation
import MonitorStore
import TestSupport
import Testing

extension InsideSystemd {
    /// The installed service, with a database that wishes it ill.
    @Suite struct HostileServiceTests {
        /// Adds processes in alarm by the application's own hand.
        private func raise(_ names: [String]) async throws {
            let database = DatabaseClient(sqlite: Installation.database)
            for (index, name) in names.enumerated() {
                let row: [SQLValue] = [.integer(Int64(index + 1)), .text(name)]
                try await database.rows("INSERT INTO PROCESE (process_id, process_name) VALUES (?, ?)", row)
                try await database.rows("INSERT INTO STATUS_PROCESS (process_id, alarma) VALUES (?, 1)", [row[0]])
            }
            await database.close()
        }

        /// Waits until each alarm has its note, and gives these.
        private func notes(_ count: Int) async throws -> [String] {
            let database = DatabaseClient(sqlite: Installation.database)
            var notes: [String] = []
            try await eventually("each has its note", within: 60) {
                notes = try await database.rows(
                    "SELECT notes FROM STATUS_PROCESS WHERE alarma = 1 AND notes IS NOT NULL ORDER BY process_id"
                ).compactMap { $0[0] }
                return notes.count == count
            }
            await database.close()
            return notes
        }

        @Test func `no name forges an entry of the journal, or a field of one`() async throws {
            let service = try await Installation()
            try await service.ctl("init")
            let names = [
                "x\nPRIORITY=0\nMESSAGE=forged", "x\nMESSAGE=forged", "MESSAGE=forged", "x\0MESSAGE=forged",
                "\u{1B}[31mforged", "<0>forged", "x\n<0>forged", "MESSAGE\n\u{6}\0\0\0\0\0\0\0forged\n",
            ]
            try await raise(names)
            try await service.start()
            _ = try await notes(names.count)
            try await service.stop()
            let all = try await TestCommand.run("journalctl", ["-o", "json", "_SYSTEMD_UNIT=monitord.service"])
            let entries = try all.output.split(separator: "\n").map { line in
                try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
            }
            let refusals = entries.filter { $0["MONITOR_EVENT"] as? String == "process.refused" }
            #expect(refusals.count == names.count)
            #expect(refusals.allSatisfy { $0["PRIORITY"] as? String == "4" })
            #expect(!entries.contains { ($0["MESSAGE"] as? String ?? "forged") == "forged" })
            #expect(!entries.contains { $0["PRIORITY"] as? String == "0" })
            print(
                "hostile: | journal | names with newlines, fields, priorities | \(names.count) | an entry each, none forged |"
            )
        }

        @Test func `a name of a unit that is no service, or no business of the monitor, restarts nothing`() async throws
        {
            let service = try await Installation("[process.default]\nmax_attempts = 1\nrestart_delay = 0")
            try await service.ctl("init")
            let units = ["dbus.service", "systemd-journald.service", "init.scope", "system.slice", "dbus.socket"]
            var before: [String] = []
            for unit in units { before.append(try await invocation(of: unit)) }
            let names =
                units + [
                    "dbus", "systemd-journald", "sysinit.target", "basic.target", "shutdown.target", "reboot.target",
                    "poweroff.target", "user@0.service", "user@0", "monitord", "monitord.service", "-.mount", "-.slice",
                    "dbus@x", "dbus.service.service", "x/../dbus", "../dbus.service", "dbus\\x2eservice",
                    "dbus.service\n", "debug-shell", "debug-shell.service", "getty@tty1", "serial-getty@ttyS0",
                    "console-getty", "display-manager",
                ]
            try await raise(names)
            try await service.start()
            let own = try await invocation(of: "monitord.service")
            let said = try await notes(names.count)
            let shell = try await systemctl("show", "--property=ActiveState", "--value", "debug-shell.service")
            #expect(shell == "inactive")
            for (unit, id) in zip(units, before) { #expect(try await invocation(of: unit) == id, "\(unit)") }
            #expect(try await invocation(of: "monitord.service") == own)
            #expect(try await service.property("ActiveState") == "active")
            for (name, note) in zip(names, said) {
                let name = name.replacingOccurrences(of: "\n", with: "\\n")
                print("hostile: | PROCESE row, with systemd | \(name) | 1 | nothing restarted, note: \(note) |")
            }
            try await service.stop()
        }

        private func invocation(of unit: String) async throws -> String {
            try await systemctl("show", "--property=InvocationID", "--property=ActiveEnterTimestampMonotonic", unit)
        }
    }
}
