import Glibc
import Logging
import Testing

@testable import MonitorCore
@testable import MonitorLinux

@Suite(.serialized) struct ProcessFinderTests {
    private let scene = StrategyScene()
    private var workshop: Workshop { scene.workshop }

    private func find(name: ProcessName? = nil, _ change: (inout ProcessSettings) -> Void = { _ in }) async -> [pid_t]?
    {
        var settings = ProcessSettings()
        change(&settings)
        guard case .found(let set) = await finding(name, settings) else { return nil }
        return set.members.map(\.identity.pid)
    }

    private func finding(_ name: ProcessName?, _ settings: ProcessSettings) async -> ProcessSearch.Finding {
        await ProcessFinder().find(
            MonitoredProcess(name: name ?? workshop.name("-unknown"), settings: settings),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    }

    /// Why a pid file is no use; nil where it is.
    private func denial() async -> String? {
        var settings = ProcessSettings()
        settings.pidFile = workshop.path("pid")
        guard case .refused(let reason) = await finding(nil, settings) else { return nil }
        return reason
    }

    private func findByPidFile(match: String? = nil) async -> [pid_t]? {
        await find {
            $0.pidFile = workshop.path("pid")
            $0.match = match
        }
    }

    @Test func `finds by the exact name`() async throws {
        let process = try await scene.start(scene.sleeper())
        #expect(await find(name: workshop.name()) == [process.identity.pid])
        #expect(await find() == [])
    }

    @Test func `finds by a name longer than the kernel shows`() async throws {
        let launch = scene.sleeper("-longer-than-fifteen")
        _ = await SessionLauncher(settling: .milliseconds(20)).start(launch, for: workshop.name())
        #expect(await find(name: workshop.name("-longer-than-fifteen"))?.count == 1)
        #expect(await find(name: workshop.name("-longer-than-sixteen")) == [])
    }

    @Test func `finds by a text of the command line instead of the name`() async throws {
        var launch = scene.sleeper()
        launch.arguments = ["sleep", "1000.25"].map { Array($0.utf8) }
        let process = try await scene.start(launch)
        #expect(await find { $0.match = "sleep 1000.25" } == [process.identity.pid])
        #expect(await find(name: workshop.name()) { $0.match = "sleep 1000.26" } == [])
    }

    @Test func `finds by a pid file, whatever the name`() async throws {
        let process = try await scene.start(scene.sleeper())
        workshop.write("\(process.identity)\n", to: "pid")
        chmod(workshop.path("pid"), 0o644)
        #expect(await findByPidFile() == [process.identity.pid])
        #expect(await findByPidFile(match: "sleep 1000") == [process.identity.pid])
        #expect(await findByPidFile(match: "another program") == [])
    }

    @Test func `goes by the name where the pid file is missing, or names nothing that lives`() async throws {
        let process = try await scene.start(scene.sleeper())
        let byName = await find(name: workshop.name()) { $0.pidFile = workshop.path("missing") }
        #expect(byName == [process.identity.pid])
        workshop.write("4194304\n", to: "pid")
        let stale = await find(name: workshop.name()) { $0.pidFile = workshop.path("pid") }
        #expect(stale == [process.identity.pid])
    }

    @Test func `denies a pid file older than the living process that it names`() async throws {
        let process = try await scene.start(scene.sleeper())
        workshop.write("\(process.identity)\n", to: "pid")
        var times = [timeval(tv_sec: time(nil) - 100, tv_usec: 0), timeval(tv_sec: time(nil) - 100, tv_usec: 0)]
        utimes(workshop.path("pid"), &times)
        #expect(
            try #require(await denial()).hasSuffix(
                "started after it was written: remove it, or touch it if that is the process"))
        // Found by its name too, it is the process.
        #expect(await find(name: workshop.name()) { $0.pidFile = workshop.path("pid") } == [process.identity.pid])
    }

    @Test func `passes over a pid file that is left from before the host was booted`() async throws {
        let process = try await scene.start(scene.sleeper())
        workshop.write("\(process.identity)\n", to: "pid")
        var times = [timeval(tv_sec: 1_000_000, tv_usec: 0), timeval(tv_sec: 1_000_000, tv_usec: 0)]
        utimes(workshop.path("pid"), &times)
        let isInMemory = await denial() != nil
        let found = await findByPidFile()
        #expect(isInMemory || found == [])
    }

    @Test(arguments: [0o666, 0o664, 0o646] as [mode_t])
    func `denies a pid file that others can write, and that names what lives`(_ mode: mode_t) async throws {
        let process = try await scene.start(scene.sleeper())
        workshop.write("\(process.identity)\n", to: "pid")
        chmod(workshop.path("pid"), mode)
        #expect(try #require(await denial()).hasSuffix("others can write it: chmod go-w it"))
        workshop.write("4194304\n", to: "pid")
        #expect(await findByPidFile() == [])
    }

    @Test func `follows no symbolic link, and hangs on no pipe`() async throws {
        let process = try await scene.start(scene.sleeper())
        workshop.write("\(process.identity)\n", to: "real")
        symlink(workshop.path("real"), workshop.path("pid"))
        #expect(try #require(await denial()).hasSuffix("it is a symbolic link: set pid_file to the file itself"))
        unlink(workshop.path("pid"))
        mkfifo(workshop.path("pid"), 0o600)
        #expect(await findByPidFile() == [])
        unlink(workshop.path("pid"))
        symlink("/dev/zero", workshop.path("pid"))
        #expect(await findByPidFile() == [])
    }

    @Test(.needsRoot) func `denies a pid file of a user about another's process`() async throws {
        let process = try await scene.start(scene.sleeper())
        workshop.write("\(process.identity)\n", to: "pid")
        chmod(workshop.path("pid"), 0o644)
        chown(workshop.path("pid"), 65534, 65534)
        #expect(try #require(await denial()).contains("it belongs to uid 65534, who doesn't own pid"))
        chown(workshop.path("pid"), 0, 0)
        #expect(await findByPidFile() == [process.identity.pid])
    }

    @Test func `refuses a pid file that names PID 1 or the daemon`() async {
        workshop.write("\(getpid())\n", to: "pid")
        chmod(workshop.path("pid"), 0o644)
        #expect(await findByPidFile() == nil)
        workshop.write("1\n", to: "pid")
        #expect(await findByPidFile() == [])
    }
}
