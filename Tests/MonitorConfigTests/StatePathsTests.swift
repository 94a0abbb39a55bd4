import Testing

@testable import MonitorConfig
@testable import MonitorCore

@Suite struct StatePathsTests {
    private func paths(
        _ environment: [String: String] = [:], userID: UInt32 = 1000, home: String? = "/home/ann",
        configuration: Configuration = Configuration()
    ) -> StatePaths {
        StatePaths(for: configuration, userID: userID, home: home, environment: environment)
    }

    @Test func `root uses the system's places, whatever root's own environment says`() {
        let paths = paths(["XDG_STATE_HOME": "/root/x", "XDG_RUNTIME_DIR": "/run/user/0"], userID: 0, home: "/root")

        #expect(paths.stateDirectory == "/var/lib/monitord")
        #expect(paths.database == "/var/lib/monitord/monitor.db")
        #expect(paths.wakeSocket == "/run/monitord/wake")
        #expect(paths.logFile == "/var/log/monitor_service.log")
        #expect(paths.fallbacks.isEmpty)
    }

    @Test func `an ordinary user uses his own places, and each is told`() {
        let paths = paths(["XDG_RUNTIME_DIR": "/run/user/1000"])

        #expect(paths.database == "/home/ann/.local/state/monitord/monitor.db")
        #expect(paths.wakeSocket == "/run/user/1000/monitord/wake")
        #expect(paths.logFile == "/home/ann/.local/state/monitord/monitor_service.log")
        #expect(paths.fallbacks.map(\.subject) == [.wakeSocket, .database, .logFile])
        #expect(
            paths.fallbacks.first?.description
                == "the wake socket is '/run/user/1000/monitord/wake' in place of '/run/monitord/wake'")
    }

    @Test func `without a runtime directory the socket is beside the database`() {
        #expect(paths(["XDG_STATE_HOME": "/x"]).wakeSocket == "/x/monitord/wake")
    }

    @Test(arguments: ["", "relative", ":"])
    func `a directory that is not absolute is ignored`(value: String) {
        let paths = paths(["XDG_STATE_HOME": value, "XDG_RUNTIME_DIR": value, "STATE_DIRECTORY": value])
        #expect(paths.database == "/home/ann/.local/state/monitord/monitor.db")
        #expect(paths.wakeSocket == "/home/ann/.local/state/monitord/wake")
    }

    @Test func `a user without a home is left with the system's places`() {
        #expect(paths(home: nil).database == "/var/lib/monitord/monitor.db")
    }

    @Test func `a service of systemd uses the directories that it was given`() {
        let given = [
            "STATE_DIRECTORY": "/var/lib/monitord:/var/lib/other", "RUNTIME_DIRECTORY": "/run/monitord",
            "LOGS_DIRECTORY": "/var/log/monitord",
        ]
        let user = paths(given, userID: 990)
        #expect(user.database == "/var/lib/monitord/monitor.db")
        #expect(user.wakeSocket == "/run/monitord/wake")
        #expect(user.logFile == "/var/log/monitord/monitor_service.log")
        #expect(user.fallbacks.map(\.subject) == [.logFile])
        #expect(paths(given, userID: 0).logFile == "/var/log/monitor_service.log")
    }

    @Test func `what the configuration names is used, and is no fallback`() {
        var configuration = Configuration()
        configuration.database.path = "/srv/monitor.db"
        configuration.logging.file = "/srv/monitor.log"
        let paths = paths(configuration: configuration)

        #expect(paths.database == "/srv/monitor.db")
        #expect(paths.logFile == "/srv/monitor.log")
        #expect(paths.fallbacks.map(\.subject) == [.wakeSocket])
    }
}
