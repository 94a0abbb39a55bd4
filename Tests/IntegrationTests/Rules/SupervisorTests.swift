import Foundation
import TestSupport
import Testing

/// Beside another supervisor, by the built daemon: eight alarms, half of them of a process that has just died and is about
/// to be brought back, and in the end there is one copy, the supervisor's.
@Suite(.serialized) struct SupervisorTests {
    private let scene = ProcessScene()

    private func check(_ name: String, pause: Duration = .zero, start: () async throws -> Void) async throws {
        let daemon = try await scene.begin([name])
        defer { scene.end(daemon) }
        try await start()
        try await eventually("it runs", in: daemon) { scene.pids(of: name).count == 1 }
        let supervisor = try #require(scene.pids(of: name).first.flatMap(ProcessScene.parent))
        for round in 0..<8 {
            // So that the daemon knows what to start: without having seen it, it would deny.
            if round % 2 == 1 { for pid in scene.pids(of: name) { kill(pid, SIGKILL) } }
            try await Task.sleep(for: pause)
            let run = try await scene.alarm(name)
            #expect(run.status == 0, "round \(round): \(run.output)\(run.error)")
            try await eventually("there is one copy, the supervisor's", in: daemon) {
                let pids = scene.pids(of: name)
                return pids.count == 1 && ProcessScene.parent(of: pids[0]) == supervisor
            }
        }
    }

    @Test(arguments: ["while :; do PROGRAM 1000; sleep 1; done", "while sleep 1; do PROGRAM 1000; done"])
    func `a loop of a shell's`(loop: String) async throws {
        let program = try scene.program(scene.token)
        try await check(scene.token) {
            try await scene.start("sh -c '\(loop.replacing("PROGRAM", with: program))' TOKEN-loop")
        }
    }

    @Test(.needs("supervisord", installedOn: "apt-get"))
    func `supervisord with autorestart`() async throws {
        let program = try scene.program(scene.token)
        let settings = """
            [supervisord]
            logfile=DIR/supervisord.log
            pidfile=DIR/supervisord.file
            childlogdir=DIR
            [program:app]
            command=\(program) 1000
            autorestart=true
            startretries=100
            """
        try scene.site.write(scene.filled(settings), to: "supervisord.conf")
        try await check(scene.token) { try await scene.start("supervisord -n -c DIR/supervisord.conf") }
    }

    @Test(.needs("runsvdir", installedOn: "apt-get"))
    func `runit's runsvdir`() async throws {
        let program = try scene.program(scene.token)
        let service = scene.site.path("services/app")
        try FileManager.default.createDirectory(atPath: service, withIntermediateDirectories: true)
        try scene.script("services/app/run", "#!/bin/sh\nexec \(program) 1000\n")
        try await check(scene.token) { try await scene.start("runsvdir -P DIR/services") }
    }

    @Test func `what dies at once beside the own copy is no reason to end it`() async throws {
        // As a server does whose port is taken.
        try scene.script(
            scene.token,
            """
            #!/bin/bash
            exec 9>DIR/lock
            flock -n 9 || { sleep 0.3; exit 1; }
            exec 8<>DIR/alive
            while :; do sleep 1 8>&- 9>&-; done
            """)
        let daemon = try await scene.begin(
            [scene.token], "[process.TOKEN]\nstart_command = exec DIR/TOKEN\nhealth_check_timeout = 10")
        defer { scene.end(daemon) }
        // It has its first turn when the daemon's copy runs.
        try await scene.start("sh -c 'sleep 4; while :; do DIR/TOKEN; sleep 0.1; done' loop")
        let run = try await scene.alarm(scene.token)
        #expect(run.status == 0, "\(run.output)\(run.error)")
        let own = scene.copies()
        // As long as the daemon watches for another's copy.
        try await Task.sleep(for: .seconds(8))
        #expect(scene.copies() == own)
        #expect(!daemon.log.contains("process.copy_ended"), "\(daemon.log)")
    }
}

extension Trait where Self == ConditionTrait {
    /// Runs where the program is installed; skipped visibly where not, but on the systems where `scripts/bootstrap` installs it.
    fileprivate static func needs(_ program: String, installedOn package: String) -> Self {
        let isInstalled = InstalledProgram.areInstalled(program)
        let isRequired = getenv("MONITOR_REQUIRE_INTEGRATION") != nil && InstalledProgram.areInstalled(package)
        return .enabled(if: isInstalled || isRequired, "\(program) is not installed")
    }
}
