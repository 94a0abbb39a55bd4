import Foundation
import Testing

/// Whose configuration root's daemon takes: it runs the commands that stand in it.
@Suite(.serialized) struct ConfigurationOwnerTests {
    enum Flaw: String, Sendable, CaseIterable { case file, directory, directoryForAll }

    @Test(.needsRoot, arguments: Flaw.allCases)
    func `a configuration that another user could have written is not taken, and nothing of it is run`(flaw: Flaw)
        async throws
    {
        let scene = ProcessScene()
        let daemon = try await scene.begin([scene.token])
        scene.end(daemon)
        _ = try await daemon.wait()
        let directory = scene.site.path("settings")
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        let file = directory + "/config.ini"
        var text = try String(contentsOfFile: scene.site.configuration, encoding: .utf8)
        text += "[process.\(scene.token)]\nstart_command = touch \(scene.site.path("was-run"))\n"
        try scene.site.write(text, to: "settings/config.ini", mode: 0o600)
        try scene.site.sql("UPDATE STATUS_PROCESS SET alarma = 1")
        switch flaw {
        case .file: chown(file, 65534, 65534)
        case .directory: chown(directory, 65534, 65534)
        case .directoryForAll: chmod(directory, 0o777)
        }
        for arguments in [["--check-config"], ["--once"]] {
            let run = try await Program.run(
                "monitord", ["--config", file] + arguments, environment: scene.site.environment)
            #expect(run.status == 78, "\(run.error)")
            #expect(run.error.contains("chown") || run.error.contains("chmod"), "\(run.error)")
        }
        #expect(!FileManager.default.fileExists(atPath: scene.site.path("was-run")))
        #expect(try scene.site.alarms() == ["1"])
    }
}
