internal import Glibc
internal import MonitorCore
internal import MonitorStatus
internal import TestSupport
internal import Testing

@testable import monitorctl

@Suite struct HostFindingsTests {
    private static let running = DaemonState.running(Fixtures.beat())

    @Test(
        "what is said of the wake socket is what is the case",
        arguments: [
            (WakeSocket.State.listening, false, running, Finding.Level.ok, "polls at once", ""),
            (
                .denied, false, running, .warning, "may not be written to by this user",
                "as the user that monitord runs as"
            ),
            (
                .missing, false, running, .warning, "is missing, though monitord runs",
                "restart monitord: it makes the socket"
            ),
            (
                .missing, true, running, .warning, "is not there, though monitord runs",
                "as the user that monitord runs as"
            ),
            (.missing, false, .neverSeen, .warning, "is not there: without", "start monitord: it makes the socket"),
            (.missing, true, .stopped(Fixtures.beat()), .warning, "is not there: without", "start monitord"),
            (.abandoned, false, running, .warning, "no daemon listens on it, though monitord runs", "restart monitord"),
            (
                .abandoned, false, .silent(Fixtures.beat()), .warning, "no daemon listens on it: without",
                "start monitord"
            ),
            (.unusable("x"), false, running, .warning, "cannot be used: x", "RUNTIME_DIRECTORY"),
        ] as [(WakeSocket.State, Bool, DaemonState, Finding.Level, String, String)])
    func wakeSocket(
        state: WakeSocket.State, isUsersOwn: Bool, daemon: DaemonState, level: Finding.Level, text: String,
        remedy: String
    ) {
        let finding = HostFindings.wakeSocket(
            WakeSocket(path: "/run/monitord/wake"), state, isUsersOwn: isUsersOwn, daemon: daemon,
            checkInterval: .seconds(300))
        #expect(finding.level == level)
        #expect(finding.text.contains(text), "\(finding.text)")
        #expect(remedy.isEmpty ? finding.remedy == nil : finding.remedy?.contains(remedy) == true, "\(finding)")
        #expect(
            (finding.remedy ?? "").hasPrefix("run monitorctl as")
                == (state == .denied || isUsersOwn && daemon == Self.running))
    }

    @Test(
        "a daemon that does not run is an error; one that listens and makes no heartbeat is told so",
        arguments: [
            (running, Finding.Level.ok, "is running"), (.stopped(Fixtures.beat()), .error, "NOT RUNNING"),
            (.neverSeen, .error, "never seen"), (.silent(Fixtures.beat()), .error, "NOT RUNNING"),
            (.unheard(Fixtures.beat()), .error, "it can't write there"), (.unheard(nil), .error, "there was none yet"),
            (.unknown, .note, "not known"),
        ] as [(DaemonState, Finding.Level, String)])
    func daemon(state: DaemonState, level: Finding.Level, text: String) {
        let finding = DatabaseFindings.finding(
            for: state, host: "web1", times: TimeFormat(now: Fixtures.now, zone: .utc))
        #expect(finding.text.contains("NOT RUNNING") == (text == "NOT RUNNING" || state == .neverSeen))
        #expect(finding.level == level)
        #expect(finding.text.contains(text), "\(finding.text)")
    }

    @Test("a log file is ok only where the daemon would open it, and looking changes nothing")
    func log() throws {
        let directory = try TemporaryDirectory()
        let path = { directory.path + "/" + $0 }
        close(open(path("there.log"), O_CREAT | O_WRONLY, 0o640))
        symlink(path("there.log"), path("link.log"))
        mkdir(path("directory.log"), 0o755)
        let user = geteuid()
        func finding(_ name: String, daemonUser: uid_t? = nil) -> Finding {
            HostFindings.log(path(name), user: user, daemonUser: daemonUser)
        }
        #expect(finding("there.log") == Finding(.ok, "log", path("there.log")))
        #expect(finding("new.log") == Finding(.ok, "log", path("new.log: not there yet, to be created")))
        #expect(finding("a/b/new.log").level == .ok)
        #expect(finding("link.log").text.contains("it is a symbolic link"))
        #expect(finding("link.log").level == .warning)
        #expect(finding("directory.log").text.contains("is a directory"))
        #expect(finding("there.log/new.log").level == .warning)
        #expect(finding("there.log", daemonUser: user + 1).level == .note)
        for name in ["new.log", "a"] { #expect(access(path(name), F_OK) != 0) }
    }
}
