import Foundation
import TestSupport
import Testing

extension InsideSystemd {
    /// The unit file and its drop-ins, as they are shipped, around a program that stands in for the daemon.
    @Suite struct UnitFileTests {
        private static let resources = "\(SystemdBox.repository)/Resources/systemd"
        private static let dropIns = "/etc/systemd/system/monitord.service.d"

        /// Installs the unit with the drop-ins that are named, and a program for `/usr/sbin/monitord`.
        private func install(
            _ dropIns: [String] = [],
            program: String = "[ \"$1\" != --check-config ] || exit 0; systemd-notify --ready; exec sleep infinity",
            override: String = ""
        ) async throws {
            _ = try await TestCommand.run("systemctl", ["stop", "monitord.service"])
            try await TestCommand.run("rm", ["-rf", Self.dropIns])
            try await TestCommand.run("mkdir", [Self.dropIns])
            try await copy("\(Self.resources)/monitord.service", to: "/usr/lib/systemd/system/monitord.service")
            try await TestCommand.run(
                "ln", ["-sfn", "monitord.service", "/usr/lib/systemd/system/monitor_service.service"])
            for name in dropIns { try await copy("\(Self.resources)/\(name)", to: "\(Self.dropIns)/\(name)") }
            try "[Service]\n\(override)\n".write(
                toFile: "\(Self.dropIns)/zz-test.conf", atomically: true, encoding: .utf8)
            try "#!/bin/bash\n\(program)\n".write(toFile: "/usr/sbin/monitord", atomically: true, encoding: .utf8)
            try await TestCommand.run("chmod", ["755", "/usr/sbin/monitord"])
            try await systemctl("daemon-reload")
        }

        private func copy(_ from: String, to: String) async throws {
            let run = try await TestCommand.run("install", ["-m", "644", from, to])
            try #require(run.status == 0, "\(run.output)")
        }

        /// Runs a command as the daemon would.
        private func runConfined(_ command: String, with dropIns: [String] = []) async throws -> String {
            try await install(
                dropIns, program: "exec >/var/log/confined.log 2>&1\n\(command)",
                override: "Type=oneshot\nRestart=no\nWatchdogSec=0")
            let start = try await TestCommand.run("systemctl", ["start", "monitord.service"])
            let output = (try? String(contentsOfFile: "/var/log/confined.log", encoding: .utf8)) ?? ""
            try await TestCommand.run("rm", ["-f", "/var/log/confined.log"])
            return "\(output)status \(start.status)\n"
        }

        @Test(arguments: [[], ["hardened.conf"], ["unprivileged.conf"], ["unprivileged.conf", "hardened.conf"]])
        func `systemd finds nothing wrong`(dropIns: [String]) async throws {
            try await install(dropIns)
            let run = try await TestCommand.run("systemd-analyze", ["verify", "--man=no", "monitord.service"])
            #expect(run.output.isEmpty)
            #expect(run.status == 0)
        }

        @Test(arguments: [([], 6.5), (["hardened.conf"], 3.0)])
        func `is exposed no more than it has to be`(dropIns: [String], limit: Double) async throws {
            try await install(dropIns)
            let run = try await TestCommand.run("systemd-analyze", ["security", "--no-pager", "monitord.service"])
            let words = try #require(run.output.split(separator: "\n").last { $0.contains("Overall") }).split(
                separator: " ")
            let level = try #require(words.compactMap { Double($0) }.last)
            print("measured: exposure of monitord.service with \(dropIns): \(level)")
            #expect(level <= limit)
        }

        @Test func `starts, and answers to its old name`() async throws {
            // systemd-notify is not the main process.
            try await install(override: "NotifyAccess=all")
            try await systemctl("enable", "--now", "monitord.service")
            #expect(try await systemctl("is-active", "monitor_service.service") == "active")
            try await systemctl("reload", "monitor_service")
            #expect(try await systemctl("show", "--property=WatchdogUSec", "--value", "monitord") == "1min")
            try await systemctl("disable", "--now", "monitord.service")
        }

        @Test func `can be enabled by its old name as often as one likes`() async throws {
            try await install(override: "NotifyAccess=all")
            for name in ["monitor_service", "monitor_service", "monitord", "monitor_service"] {
                try await systemctl("enable", name)
                #expect(try await systemctl("is-enabled", "monitord") == "enabled")
            }
            try await systemctl("disable", "monitor_service")
            #expect(try await TestCommand.run("systemctl", ["is-enabled", "monitord"]).output == "disabled\n")
        }

        @Test func `set-up takes away the link by which enabling by the old name is refused`() async throws {
            let root = "/run/set-up"
            let link = "\(root)/etc/systemd/system/monitor_service.service"
            for (target, isKept) in [("/usr/lib/systemd/system/monitord.service", false), ("/opt/other.service", true)]
            {
                try await TestCommand.run("mkdir", ["-p", "\(root)/etc/systemd/system", "\(root)/etc/monitord"])
                try await TestCommand.run("touch", ["\(root)/etc/monitord/config.ini"])
                try await TestCommand.run("ln", ["-sfn", target, link])
                let run = try await TestCommand.run(
                    "\(SystemdBox.repository)/Resources/packaging/set-up", environment: ["DESTDIR": root])
                #expect(run.status == 0, "\(run.output)")
                #expect((try await TestCommand.run("test", ["-L", link]).status == 0) == isKept)
            }
        }

        @Test(arguments: [[], ["notify-reload.conf"]])
        func `the configuration is checked before a reload, whose status is that of the check`(dropIns: [String])
            async throws
        {
            try await install(dropIns)
            let commands = try await systemctl("show", "--property=ExecReload", "--value", "monitord")
            let programs = commands.split(separator: "\n").map { $0.prefix { $0 != ";" } }
            #expect(programs.first?.contains("path=/usr/sbin/monitord") == true, "\(commands)")
            // Where systemd sends the signal itself, no command does.
            #expect(programs.count == (dropIns.isEmpty ? 2 : 1), "\(commands)")
        }

        @Test func `a command is as free as in a shell`() async throws {
            let output = try await runConfined(
                """
                set -e
                echo x >/tmp/confined && test -e /tmp/confined
                echo x >/var/confined && echo x >/etc/confined
                exec 3<>/dev/udp/127.0.0.1/9 && echo socket
                mkdir -p /mnt/confined && mount -t tmpfs none /mnt/confined && echo mount
                ! command -v sudo >/dev/null || { sudo -n true && echo sudo; }
                su nobody -s /bin/sh -c true && echo su
                kill -0 1 && echo kill
                umask
                """)
            let hasSudo = FileManager.default.fileExists(atPath: "/usr/bin/sudo")
            #expect(output == "socket\nmount\n\(hasSudo ? "sudo\n" : "")su\nkill\n0022\nstatus 0\n")
            // Where everybody sees it, not in a file system of its own.
            #expect(FileManager.default.fileExists(atPath: "/tmp/confined"))
            #expect(try await TestCommand.run("mountpoint", ["/mnt/confined"]).status == 0)
        }

        @Test func `what no command needs is refused, without killing it`() async throws {
            let output = try await runConfined(
                """
                date -s @0 >/dev/null 2>&1 || echo no clock
                unshare --user true 2>/dev/null || echo no user namespace
                touch /var/suid; chmod u+s /var/suid 2>/dev/null || echo no set-user-ID
                """)
            #expect(output == "no clock\nno user namespace\nno set-user-ID\nstatus 0\n")
        }

        @Test func `hardened, it can still restart units, read the journal and write its log and state`() async throws {
            let unit = try await TestUnit("hardened-target", service: "ExecStart=/bin/sleep infinity")
            let output = try await runConfined(
                """
                set -e
                busctl call org.freedesktop.systemd1 /org/freedesktop/systemd1 org.freedesktop.systemd1.Manager \
                    RestartUnit ss hardened-target.service replace >/dev/null && echo restarted
                echo x >"$STATE_DIRECTORY/file" && echo x >"$RUNTIME_DIRECTORY/file" && echo x >/var/log/file && echo written
                pgrep -x systemd >/dev/null && echo pgrep
                journalctl -n 1 -q >/dev/null && echo journal
                (echo x >/etc/file) 2>/dev/null || echo confined
                """, with: ["hardened.conf"])
            #expect(output == "restarted\nwritten\npgrep\njournal\nconfined\nstatus 0\n")
            while try await unit.property("ActiveState") != "active" {}
        }

        @Test func `the password may lie in the credential store, or nowhere`() async throws {
            let program = "cat \"$CREDENTIALS_DIRECTORY/monitord-db-password\" 2>/dev/null || echo none"
            #expect(try await runConfined(program) == "none\nstatus 0\n")
            try await TestCommand.run("mkdir", ["-p", "-m", "700", "/etc/credstore"])
            try "hunter2\n".write(toFile: "/etc/credstore/monitord-db-password", atomically: true, encoding: .utf8)
            #expect(try await runConfined(program) == "hunter2\nstatus 0\n")
            try await TestCommand.run("rm", ["/etc/credstore/monitord-db-password"])
        }
    }
}
