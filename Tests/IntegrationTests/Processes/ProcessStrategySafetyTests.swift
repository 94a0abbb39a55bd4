import Glibc
import Logging
import Testing

@testable import MonitorCore
@testable import MonitorLinux

/// What others on the host can do to make a daemon of root end, or start, what it shouldn't.
@Suite(.serialized) struct ProcessStrategySafetyTests {
    private let scene = StrategyScene()
    private let launcher = RecordingLauncher()
    private var workshop: Workshop { scene.workshop }

    private func restart() async -> RestartResult { await scene.restart(launcher: launcher) }

    // MARK: Who is never touched

    @Test func `refuses to restart itself`() async throws {
        let own = try #require(ProcFile(pid: getpid()).executable())
        let name = try ProcessName(String(decoding: own.lastPathComponent, as: UTF8.self))
        let strategy = ProcessStrategy(launcher: launcher, stateDirectory: nil)
        let result = await strategy.restart(
            MonitoredProcess(name: name, settings: ProcessSettings()),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        #expect(result == .refused("\(name) is not restarted: pid \(getpid()) is this daemon itself"))
    }

    @Test func `touches nothing when nothing could be started in its place`() async throws {
        var launch = scene.sleeper()
        let copy = workshop.copy("/bin/sleep", to: "\(workshop.token)-temporary")
        rename(copy, launch.executable)
        launch.workingDirectory = workshop.directory
        let before = try await scene.start(launch)
        unlink(launch.executable)
        guard case .failed(let reason) = await restart() else {
            Issue.record("not failed")
            return
        }
        #expect(reason.contains("is gone or not executable"))
        #expect(scene.members().map(\.identity) == [before.identity])
    }

    @Test func `starts the new program where the old one was replaced`() async throws {
        let launch = scene.sleeper()
        _ = try await scene.start(launch)
        unlink(launch.executable)
        workshop.copy("/bin/sleep", to: workshop.token)
        guard case .restarted = await restart() else {
            Issue.record("not restarted")
            return
        }
        #expect(launcher.launches.map(\.executable) == [launch.executable])
    }

    @Test(.needsRoot) func `touches nothing when it may not start as the user`() async throws {
        let before = try await scene.start(scene.sleeper())
        await #expect(processExitsWith: .success) { [token = workshop.token as String] in
            try #require(setuid(65534) == 0)
            var settings = ProcessSettings()
            settings.user = "root"
            settings.startCommand = try CommandTemplate("true")
            let result = await ProcessStrategy(launcher: RecordingLauncher(), stateDirectory: nil).restart(
                MonitoredProcess(name: try ProcessName(token), settings: settings),
                logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
            #expect(result == .failed("cannot start \(token): only root can run it as another user (uid 0)"))
        }
        #expect(scene.members().map(\.identity) == [before.identity])
    }

    @Test(.needsRoot) func `touches nothing of a set when one of it may not be signalled`() async throws {
        chmod(workshop.directory, 0o755)
        let own = scene.sleeper()
        var other = own
        other.credentials = LaunchSpec.Credentials(uid: 65534, gid: 65534, groups: [])
        _ = try await scene.start(own)
        _ = try await scene.start(other)
        #expect(await workshop.wait { scene.members().count == 2 })
        await #expect(processExitsWith: .success) { [token = workshop.token as String] in
            try #require(setuid(65534) == 0)
            var settings = ProcessSettings()
            settings.startCommand = try CommandTemplate("true")
            let result = await ProcessStrategy(launcher: RecordingLauncher(), stateDirectory: nil).restart(
                MonitoredProcess(name: try ProcessName(token), settings: settings),
                logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
            #expect(result == .failed("cannot stop \(token): operation not permitted"))
        }
        #expect(scene.members().count == 2)
    }

    @Test func `fails for a user that doesn't exist`() async {
        scene.configure { $0.user = "no-such-user" }
        #expect(await restart() == .failed("cannot look up user 'no-such-user': there is no such user"))
    }

    // MARK: What is never started

    @Test(.needsRoot) func `gives another user's program no rights of the configured one`() async throws {
        var launch = scene.sleeper()
        launch.credentials = LaunchSpec.Credentials(uid: 65533, gid: 65533, groups: [])
        let before = try await scene.start(launch)
        scene.configure { $0.user = "nobody" }
        let name = workshop.name()
        let expected = "cannot start \(name) as it was: what runs belongs to another user; configure start_command"
        #expect(await restart() == .failed(expected))
        #expect(launcher.launches.isEmpty)
        #expect(scene.members().map(\.identity) == [before.identity])
    }

    @Test(.needsRoot) func `lets no namesake of another user take a process's place`() async throws {
        let own = scene.sleeper()
        var other = own
        other.credentials = LaunchSpec.Credentials(uid: 65534, gid: 65534, groups: [])
        _ = try await scene.start(other)
        _ = try await scene.start(own)
        #expect(await workshop.wait { scene.members().count == 2 })
        let name = workshop.name()
        let expected = "cannot start \(name) as it was: several users run one of that name; configure start_command"
        #expect(await restart() == .failed(expected))
        #expect(scene.members().count == 2)
        scene.configure { $0.user = "root" }
        guard case .restarted = await restart() else {
            Issue.record("not restarted")
            return
        }
        #expect(launcher.launches.map(\.credentials?.uid) == [0])
    }

    @Test(.needsRoot) func `starts root's program as the configured user`() async throws {
        _ = try await scene.start(scene.sleeper())
        scene.configure { $0.user = "nobody" }
        guard case .restarted = await restart() else {
            Issue.record("not restarted")
            return
        }
        let account = try await Account.named("nobody")
        #expect(launcher.launches.map(\.credentials) == [account.credentials])
        #expect(launcher.launches.first?.environment?.contains(Array("USER=nobody".utf8)) == true)
    }

    @Test(.needsRoot) func `starts no set-user-id program with the arguments of who called it`() async throws {
        var launch = scene.sleeper()
        chmod(launch.executable, 0o4755)
        launch.credentials = LaunchSpec.Credentials(uid: 65534, gid: 65534, groups: [])
        let before = try await scene.start(launch)
        #expect(before.status.userIDs == [65534, 0, 0, 0])
        guard case .failed(let reason) = await restart() else {
            Issue.record("not failed")
            return
        }
        #expect(reason.contains("it has the rights of more than one user"))
        #expect(scene.members().map(\.identity) == [before.identity])
    }

    @Test func `passes on no notification socket and no credentials`() async throws {
        var launch = scene.sleeper()
        let secret = ["NOTIFY_SOCKET=/run/x", "WATCHDOG_USEC=1", "LISTEN_FDS=1", "MONITOR_DATABASE_PASSWORD=x"]
        launch.environment = (secret + ["KEPT=1"]).map { Array($0.utf8) }
        _ = try await scene.start(launch)
        _ = await restart()
        #expect(launcher.launches.map { $0.environment?.dropFirst() } == [[Array("KEPT=1".utf8)]])
        #expect(
            launcher.launches.first?.environment?.first?.starts(with: "MONITOR_LAUNCH=\(workshop.name())/".utf8) == true
        )
    }

    @Test func `does not take an overwritten command line for one`() async throws {
        var launch = scene.sleeper()
        launch.arguments[0] = Array("\(workshop.token): master process".utf8)
        _ = try await scene.start(launch)
        guard case .failed(let reason) = await restart() else {
            Issue.record("not failed")
            return
        }
        #expect(reason.contains("it has overwritten its command line"))
    }
}
