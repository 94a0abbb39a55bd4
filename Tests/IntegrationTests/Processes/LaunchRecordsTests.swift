import Glibc
import Logging
import MonitorIO
import Testing

@testable import MonitorCore
@testable import MonitorLinux

@Suite(.serialized) struct LaunchRecordsTests {
    private let workshop = Workshop()
    private let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    private let launch = LaunchSpec(
        executable: "/bin/sleep", arguments: [Array("sleep".utf8), Array("1\n2".utf8)], environment: [])

    private var records: LaunchRecords { LaunchRecords(stateDirectory: workshop.directory) }

    private func load() -> LaunchSpec? { records.load(workshop.name(), logger: logger) }

    private var path: String { workshop.path("relaunch/\(workshop.name())") }

    @Test func `gives back what was stored last, to nobody else`() throws {
        #expect(load() == nil)
        try records.store(LaunchSpec(executable: "/bin/true", arguments: [[]]), for: workshop.name())
        try records.store(launch, for: workshop.name())
        #expect(load() == launch)
        #expect(records.load(workshop.name("x"), logger: logger) == nil)
        var status = stat()
        #expect(lstat(path, &status) == 0 && status.st_mode & 0o777 == 0o600)
        #expect(lstat(workshop.path("relaunch"), &status) == 0 && status.st_mode & 0o777 == 0o700)
    }

    @Test(arguments: [0o640, 0o604, 0o602] as [mode_t])
    func `ignores a file that others can read or write`(_ mode: mode_t) throws {
        try records.store(launch, for: workshop.name())
        chmod(path, mode)
        #expect(load() == nil)
    }

    @Test(.needsRoot) func `ignores a file of another user`() throws {
        try records.store(launch, for: workshop.name())
        chown(path, 65534, 65534)
        #expect(load() == nil)
    }

    @Test func `ignores a symbolic link, a pipe and a torn file`() throws {
        try records.store(launch, for: workshop.name())
        rename(path, workshop.path("elsewhere"))
        symlink(workshop.path("elsewhere"), path)
        #expect(load() == nil)
        unlink(path)
        mkfifo(path, 0o600)
        #expect(load() == nil)
        unlink(path)
        workshop.write("monitor-launch 1\nexecu", to: "relaunch/\(workshop.name())")
        chmod(path, 0o600)
        #expect(load() == nil)
    }

    @Test func `uses no directory that others can write`() throws {
        try records.store(launch, for: workshop.name())
        chmod(workshop.path("relaunch"), 0o777)
        #expect(load() == nil)
        #expect(throws: SystemError.self) { try records.store(launch, for: workshop.name()) }
    }

    @Test func `is not hindered by what a killed daemon has left`() throws {
        try records.store(launch, for: workshop.name())
        workshop.write("half", to: "relaunch/.\(workshop.name())")
        try records.store(launch, for: workshop.name())
        #expect(load() == launch)
    }
}
