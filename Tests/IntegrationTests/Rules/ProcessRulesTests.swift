import Foundation
import TestSupport
import Testing

/// That a process is said to be back only where it is, is there once, and that what is healthy is left alone: by the built
/// daemon, with real processes.
@Suite(.serialized) struct ProcessRulesTests {
    private let scene = ProcessScene()
    private var name: String { scene.token }

    // MARK: - Back, or not

    @Test func `what only the kernel runs under a like name is not the process`() async throws {
        // pgrep finds kthreadd by it.
        let daemon = try await scene.begin(
            ["kthread"], "[process.kthread]\nstart_command = true\nhealth_check_timeout = 1")
        defer { scene.end(daemon) }
        #expect(try await scene.alarm("kthread").status != 0)
        #expect(try scene.detail("kthread").hasPrefix("not healthy: no process named kthread runs"))
        #expect(try scene.site.alarms() == ["1"])
    }

    @Test func `a zombie of the name is not the process, and does not keep it from being started`() async throws {
        let program = try scene.program(name)
        try await scene.start(
            "python3 -c \"import subprocess,time; subprocess.Popen(['\(program)','0']); time.sleep(1000)\" DIR")
        let daemon = try await scene.begin([name], "[process.TOKEN]\nstart_command = true\nhealth_check_timeout = 1")
        defer { scene.end(daemon) }
        try await eventually("it has died") { Self.zombies(of: name) == 1 }
        #expect(try await scene.alarm(name).status != 0)
        try scene.site.configure(
            monitor: "relapse_window = 0\nretry_delay = 1",
            "[process.\(name)]\nstart_command = exec \(program) 1000\nmax_attempts = 1")
        daemon.signal(SIGHUP)
        try await eventually("it is recovered", in: daemon) { try scene.site.alarms().isEmpty }
        #expect(scene.pids(of: name).count == 1)
        #expect(Self.zombies(of: name) == 1)
    }

    private static func zombies(of name: String) -> Int {
        let pids = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return pids.count { pid in
            FileManager.default.contents(atPath: "/proc/\(pid)/stat").map {
                String(decoding: $0, as: UTF8.self).contains("(\(name)) Z ")
            } ?? false
        }
    }

    @Test func `a name of more than 15 characters is found and restarted, once`() async throws {
        let long = name + "-export-worker"
        let program = try scene.program(long)
        let daemon = try await scene.begin([long], "[process.\(long)]\nstart_command = exec \(program) 1000")
        defer { scene.end(daemon) }
        for _ in 0..<2 {
            let run = try await scene.alarm(long)
            #expect(run.status == 0, "\(run.output)\(run.error)")
            #expect(scene.pids(of: long).count == 1)
        }
    }

    // MARK: - One copy

    /// How an application is started, what it is, and what it does to its own name.
    struct Form: Sendable, CustomTestStringConvertible {
        var command: String
        var script: String
        var testDescription: String { command }
    }

    private static let python =
        "import os, time\nos.open('DIR/alive', os.O_CREAT | os.O_RDWR)\nos.set_inheritable(3, False)\ntime.sleep(1000)\n"
    private static let bash = "exec 9<>DIR/alive\nwhile :; do sleep 1 9>&-; done\n"
    static let forms: [Form] = [
        Form(command: "exec python3 -u DIR/TOKEN.py", script: python),
        Form(command: "cd DIR; PYTHONPATH=DIR exec python3 -m TOKEN", script: python),
        Form(command: "exec bash -eu DIR/TOKEN.py", script: bash),
        Form(command: "exec perl -w DIR/TOKEN.py", script: "open(my $f, '+>', 'DIR/alive');\nsleep 1000;\n"),
        Form(command: "exec DIR/TOKEN.py", script: "#!/usr/bin/env -S python3 -u\n" + python),
        Form(
            command: "exec perl DIR/TOKEN.py",
            script: "$0 = 'quite another' . ('x' x 300);\nopen(my $f, '+>', 'DIR/alive');\nsleep 1000;\n"),
        Form(command: "setsid bash DIR/TOKEN.py & exit 0", script: bash),
    ]

    @Test(arguments: forms) func `three alarms leave one copy, however it is started and whatever it calls itself`(
        form: Form
    ) async throws {
        try scene.script("\(name).py", form.script)
        let daemon = try await scene.begin(
            [name], "[process.TOKEN]\nhealth_check_command = test -e DIR/alive\nstart_command = \(form.command)")
        defer { scene.end(daemon) }
        var before: [Int32] = []
        for _ in 0..<3 {
            let run = try await scene.alarm(name)
            #expect(run.status == 0, "\(run.output)\(run.error)")
            try await eventually("there is one, and another", in: daemon) {
                let now = scene.copies()
                return now.count == 1 && now != before
            }
            before = scene.copies()
        }
    }

    @Test func `a pid file that comes after the health check's time leads to no second copy`() async throws {
        try scene.script(
            "late",
            """
            #!/bin/sh
            setsid sh -c 'exec 9<>DIR/alive; while :; do sleep 1 9>&-; done' TOKEN-x &
            pid=$!
            setsid sh -c "sleep 6; echo $pid > DIR/late.pid" &
            exit 0
            """)
        let daemon = try await scene.begin(
            [name],
            "[process.TOKEN]\nstart_command = DIR/late\npid_file = DIR/late.pid\nhealth_check_timeout = 2\nmax_attempts = 2"
        )
        defer { scene.end(daemon) }
        for _ in 0..<2 {
            try await scene.alarm(name)
            #expect(scene.copies().count == 1, "\(daemon.log)")
        }
    }

    @Test func `what start_command starts is not started beside itself, where it goes by another name`() async throws {
        try scene.script("server.py", Self.python)
        let daemon = try await scene.begin(
            [name], "[process.TOKEN]\nstart_command = exec python3 -u DIR/server.py --port 80")
        defer { scene.end(daemon) }
        try await scene.start("python3 -u DIR/server.py --port 80")
        try await eventually("it runs") { scene.copies().count == 1 }
        let before = scene.copies()
        #expect(try await scene.alarm(name).status != 0)
        #expect(
            try scene.detail(name).contains(
                "runs already as pid \(before[0]), under another name: set match or pid_file"))
        #expect(scene.copies() == before)
    }

    // MARK: - Pid files

    enum Flaw: String, Sendable, CaseIterable { case othersMayWrite, isLink, isOlder }

    @Test(arguments: Flaw.allCases) func `a pid file that is not believed, but names what lives, is denied`(flaw: Flaw)
        async throws
    {
        let program = try scene.program("\(name)-server")
        try await scene.start("\(program) 1000")
        try await eventually("it runs") { scene.pids(of: "\(name)-server").count == 1 }
        let pid = scene.pids(of: "\(name)-server")[0]
        switch flaw {
        case .othersMayWrite: try scene.site.write("\(pid)\n", to: "server.pid", mode: 0o664)
        case .isLink:
            try scene.site.write("\(pid)\n", to: "real.pid")
            try FileManager.default.createSymbolicLink(
                atPath: scene.site.path("server.pid"), withDestinationPath: scene.site.path("real.pid"))
        case .isOlder:
            try scene.site.write("\(pid)\n", to: "server.pid")
            try FileManager.default.setAttributes(
                [.modificationDate: Date(timeIntervalSinceNow: -5)], ofItemAtPath: scene.site.path("server.pid"))
        }
        let daemon = try await scene.begin(
            [name], "[process.TOKEN]\nstart_command = exec \(program) 1000\npid_file = DIR/server.pid")
        defer { scene.end(daemon) }
        #expect(try await scene.alarm(name).status != 0)
        let remedy = [
            Flaw.othersMayWrite: "chmod go-w", .isLink: "set pid_file to the file itself", .isOlder: "touch it",
        ]
        #expect(try scene.detail(name).contains(remedy[flaw] ?? "?"))
        #expect(scene.pids(of: "\(name)-server") == [pid])
    }

    // MARK: - Others are left alone

    @Test func `instances side by side are none of them touched, until it is told which one is meant`() async throws {
        let program = try scene.program(name)
        let daemon = try await scene.begin([name])
        defer { scene.end(daemon) }
        try await scene.start("\(program) 1000.1")
        try await scene.start("\(program) 1000.2")
        try await eventually("they run") { scene.pids(of: name).count == 2 }
        let before = scene.pids(of: name)
        #expect(try await scene.alarm(name).status != 0)
        #expect(try scene.detail(name).contains("2 instances of it run side by side"))
        #expect(scene.pids(of: name) == before)
        let (first, second) = (scene.pids(with: "\(program) 1000.1"), scene.pids(with: "\(program) 1000.2"))
        try scene.site.configure(
            monitor: "relapse_window = 0\nretry_delay = 1",
            "[process.\(name)]\nmatch = \(program) 1000.2\nmax_attempts = 1")
        daemon.signal(SIGHUP)
        try await eventually("it is recovered", in: daemon) { try scene.site.alarms().isEmpty }
        #expect(scene.pids(with: "\(program) 1000.1") == first)
        #expect(scene.pids(with: "\(program) 1000.2").count == 1)
        #expect(scene.pids(with: "\(program) 1000.2") != second)
    }

    @Test func `of one program under two names, the one in alarm is restarted`() async throws {
        let server = try scene.program("\(name)-server")
        let sentinel = scene.site.path("\(name)-sentinel")
        try FileManager.default.createSymbolicLink(atPath: sentinel, withDestinationPath: server)
        let daemon = try await scene.begin(["\(name)-server", "\(name)-sentinel"])
        defer { scene.end(daemon) }
        try await scene.start("\(server) 1000")
        try await scene.start("\(sentinel) 1000")
        try await eventually("they run") { scene.pids(of: "\(name)-server").count == 2 }
        let (one, other) = (scene.pids(with: server), scene.pids(with: sentinel))
        let run = try await scene.alarm("\(name)-sentinel")
        #expect(run.status == 0, "\(run.output)\(run.error)")
        #expect(scene.pids(with: server) == one)
        #expect(scene.pids(with: sentinel).count == 1)
        #expect(scene.pids(with: sentinel) != other)
    }

    @Test func `who looks at an application is not the application`() async throws {
        try scene.script("app.py", Self.python)
        try scene.site.write("", to: "app.py.log")
        try scene.site.write("", to: "app.py.bak")
        let daemon = try await scene.begin(
            [name], "[process.TOKEN]\nmatch = DIR/app.py\nstart_command = exec python3 DIR/app.py")
        defer { scene.end(daemon) }
        try await scene.start("tail -f DIR/app.py.log")
        try await scene.start("tail -f DIR/app.py")
        try await scene.start("bash -c 'sleep 1000; : DIR/app.py'")
        try await eventually("they look") { scene.pids(with: "tail -f").count >= 2 }
        let watchers = scene.pids(with: scene.site.path("app.py")).filter { $0 != daemon.pid }
        for _ in 0..<2 {
            let run = try await scene.site.ctl(
                "alarm", "set", name, "--wait", "--reason", "\(scene.site.path("app.py")) hangs")
            #expect(run.status == 0, "\(run.output)\(run.error)")
            #expect(scene.copies().count == 1)
            #expect(Set(watchers).isSubset(of: scene.pids(with: scene.site.path("app.py"))))
        }
    }

    @Test(.needsRoot) func `another user's program under a dead service's name is not the service`() async throws {
        let program = try scene.program(name)
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: scene.directory)
        let daemon = try await scene.begin([name], "[process.TOKEN]\nhealth_check_command = pgrep %s")
        defer { scene.end(daemon) }
        try await scene.start("\(program) 1000")
        try await eventually("it runs") { scene.pids(of: name).count == 1 }
        #expect(try await scene.alarm(name).status == 0)
        for pid in scene.pids(of: name) { kill(pid, SIGKILL) }
        try await scene.start("setpriv --reuid 65534 --regid 65534 --clear-groups \(program) 1000")
        try await eventually("the impostor runs") { scene.pids(of: name).count == 1 }
        let impostor = scene.pids(of: name)
        for _ in 0..<2 {
            let run = try await scene.alarm(name)
            #expect(run.status == 0, "\(run.output)\(run.error)")
            let uids = scene.pids(of: name).map { ProcessScene.status("Uid", of: $0)?.split(separator: "\t").first }
            #expect(uids.compactMap(\.self).sorted() == ["0", "65534"])
            #expect(Set(impostor).isSubset(of: scene.pids(of: name)))
        }
    }

    // MARK: - Nothing of it is lost

    @Test(.needsRoot) func `what it was given by its wrapper, it has again`() async throws {
        let program = try scene.program(name)
        let daemon = try await scene.begin([name])
        defer { scene.end(daemon) }
        try await scene.start(
            "sh -c 'umask 077; ulimit -n 333; exec nice -n 5 ionice -c 3 taskset 1 setpriv --no-new-privs "
                + "--bounding-set -all,+chown,+kill,+sys_nice,+setpcap \(program) 1000'")
        try await eventually("it runs") { scene.pids(of: name).count == 1 }
        let before = scene.pids(of: name)[0]
        func traits(_ pid: Int32) async throws -> [String?] {
            let limits = try String(contentsOfFile: "/proc/\(pid)/limits", encoding: .utf8)
            let files = limits.split(separator: "\n").first { $0.hasPrefix("Max open files") }.map(String.init)
            let nice = try await Program.run("/bin/ps", ["-o", "ni=", "-p", "\(pid)"]).output
            let io = try await Program.run("/usr/bin/ionice", ["-p", "\(pid)"]).output
            return ["Umask", "NoNewPrivs", "CapBnd", "Cpus_allowed"].map { ProcessScene.status($0, of: pid) }
                + [files, io, nice]
        }
        let had = try await traits(before)
        try #require(had[0] == "0077" && had[1] == "1" && had[5] == "idle\n" && had[6]?.contains("5") == true, "\(had)")
        let run = try await scene.alarm(name)
        #expect(run.status == 0, "\(run.output)\(run.error)")
        let after = try #require(scene.pids(of: name).first)
        #expect(after != before)
        #expect(try await traits(after) == had)
    }

    @Test(arguments: ["bash DIR/TOKEN.sh", "DIR/TOKEN.sh", "python3 -u DIR/TOKEN.sh"])
    func `what runs is not stopped where its script is gone`(command: String) async throws {
        let text = command.contains("python3") ? Self.python : "#!/bin/bash\n" + Self.bash
        try scene.script("\(name).sh", text)
        let daemon = try await scene.begin([name])
        defer { scene.end(daemon) }
        try await scene.start(command)
        try await eventually("it runs") { scene.copies().count == 1 }
        let before = scene.copies()
        try FileManager.default.moveItem(atPath: scene.site.path("\(name).sh"), toPath: scene.site.path("renamed.sh"))
        #expect(try await scene.alarm(name).status != 0)
        #expect(scene.copies() == before)
        #expect(try scene.detail(name).contains("script '\(scene.site.path("\(name).sh"))' is gone"))
    }
}
