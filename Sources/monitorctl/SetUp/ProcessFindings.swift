import MonitorConfig
internal import MonitorCore

/// What `check` says of the monitored processes: names that are refused, settings that won't do.
enum ProcessFindings {
    /// So many of a kind are listed; the rest is counted.
    private static let most = 10
    private static let subject = "processes"

    static func findings(for processes: [ProcessStatus], _ configuration: Configuration) -> [Finding] {
        if processes.isEmpty {
            return [
                Finding(
                    .warning, subject, "no process is monitored",
                    remedy: "monitorctl process add NAME, or an INSERT into PROCESE and STATUS_PROCESS")
            ]
        }
        return [Finding(.ok, subject, "\(processes.count) monitored")]
            + listed(processes.compactMap(refusal)) + listed(processes.compactMap { forbidden($0, configuration) })
            + listed(processes.compactMap { unstartable($0, configuration) })
            + unmonitored(processes, configuration)
    }

    static func listed(_ findings: [Finding]) -> [Finding] {
        guard findings.count > most else { return findings }
        return findings.prefix(most) + [Finding(.warning, subject, "\(findings.count - most) more like these")]
    }

    private static func refusal(of process: ProcessStatus) -> Finding? {
        do {
            _ = try ProcessName(process.name)
            return nil
        } catch {
            return Finding(
                .warning, subject, "\(error): nothing is ever run for process \(process.processID)",
                remedy: "rename it in PROCESE")
        }
    }

    private static func forbidden(_ process: ProcessStatus, _ configuration: Configuration) -> Finding? {
        guard let name = try? ProcessName(process.name), configuration.engine.objection(to: name) != nil else {
            return nil
        }
        return Finding(.note, subject, "'\(name)' is never restarted: allow and deny of [monitor] forbid it")
    }

    private static func unstartable(_ process: ProcessStatus, _ configuration: Configuration) -> Finding? {
        guard let name = try? ProcessName(process.name) else { return nil }
        let settings = configuration.engine.settings(for: name)
        guard settings.strategy == .process, settings.startCommand == nil else { return nil }
        return Finding(
            .warning, subject,
            "'\(name)' has strategy process and no start_command: once it has gone, it can't be started",
            remedy: "[process.\(name)] start_command = …")
    }

    private static func unmonitored(_ processes: [ProcessStatus], _ configuration: Configuration) -> [Finding] {
        let monitored = Set(processes.map(\.name))
        let sections = configuration.engine.processes.keys.filter { !monitored.contains($0.rawValue) }.sorted()
        let names = monitored.sorted()
        return listed(
            sections.map { name in
                let nearest = name.rawValue.nearest(among: names)
                return Finding(
                    .warning, subject, "section [process.\(name)]: no process of that name is monitored",
                    remedy: nearest.map { "did you mean '\($0)'?" } ?? "monitorctl process add \(name)")
            })
    }
}
