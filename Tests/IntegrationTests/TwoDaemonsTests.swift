import Foundation
import TestSupport
import Testing

/// Two daemons that share a host's rows by mistake: each with a state directory of its own, on one database.
@Suite(.needsMariaDB) struct TwoDaemonsTests {
    private func scene() async throws -> FaultScene {
        let scene = try FaultScene(on: .onServer(await MariaDBServer.shared))
        try await scene.begin()
        return scene
    }

    /// Starts a second daemon, which looks this often.
    private func second(in scene: FaultScene, checkInterval: String = "200ms") throws -> Program {
        let text = try String(contentsOfFile: scene.site.configuration, encoding: .utf8)
        try scene.site.write(
            text.replacingOccurrences(of: "check_interval = 200ms", with: "check_interval = \(checkInterval)")
                .replacingOccurrences(of: "monitor.log", with: "second.log"), to: "second.ini")
        return try Program(
            "monitord", ["--config", scene.site.path("second.ini")],
            environment: [
                "STATE_DIRECTORY": scene.site.path("second-state"), "RUNTIME_DIRECTORY": scene.site.path("second-run"),
            ])
    }

    @Test func `what one of them recovers the other leaves to it, and says so`() async throws {
        let scene = try await scene()
        defer { scene.end() }
        try await scene.raise(andWaitAt: .stopped)
        let second = try second(in: scene)
        try await eventually("the second sees it", in: second) { second.log.contains("recovery.elsewhere") }
        scene.letGo(.stopped)
        try await eventually("all is normal", in: scene.daemon) { try scene.isNormal() }
        #expect(scene.startsSinceRaised() == [1, 1, 1])
        #expect(try scene.meetings() == 0)
        #expect(second.log.components(separatedBy: "recovery.elsewhere").count - 1 <= 3, "once for each process")
    }

    @Test func `of one that is killed the other takes over soon, long before its next regular look`() async throws {
        let scene = try await scene()
        defer { scene.end() }
        try await scene.raise(andWaitAt: .stopped)
        let second = try second(in: scene, checkInterval: "1h")
        try await eventually("the second sees it", in: second) { second.log.contains("recovery.elsewhere") }
        try await scene.killDaemon()
        scene.letGo(.stopped)
        // Less than the life of a heartbeat.
        try await eventually("all is normal", within: 25, in: second) { try scene.isNormal() }
        #expect(scene.startsSinceRaised() == [1, 1, 1])
        #expect(try scene.meetings() == 0)
    }

    @Test func `of alarms that both see at once, each is served by one of them`() async throws {
        let scene = try await scene()
        defer { scene.end() }
        let second = try second(in: scene)
        try await eventually("the second works", in: second) { second.log.contains("store.opened") }
        for _ in 0..<8 {
            try scene.raise()
            try await eventually("all is normal", in: scene.daemon) { try scene.isNormal() }
            #expect(scene.startsSinceRaised() == [1, 1, 1])
        }
        #expect(try scene.meetings() == 0)
        let served = [scene.daemon?.log ?? "", second.log].map { $0.contains("recovery.begun") }
        #expect(served.contains(true))
    }
}
