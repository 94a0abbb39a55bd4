internal import MonitorCore

/// What `check` says of the monitored processes: names that are refused, settings that won't do.
enum ProcessFindings {
    /// So many of a kind are told; the rest is counted.
    private static let most = 10

    static func findings(for processes: [ProcessStatus], _ configuration: Configuration) -> [Finding] {
        let subject = "processes"
        if processes.isEmpty {
            return [
                Finding(
                    .warning, subject, "no process is monitored",
                    remedy: "monitorctl process add NAME, or an INSERT into PROCESE and STATUS_PROCESS")
            ]
        }
        let findings =
            listed(processes.compactMap(refusal)) + listed(processes.compactMap { unstartable($0, configuration) })
            + unmonitored(processes, configuration)
        return findings.isEmpty ? [Finding(.ok, subject, "\(processes.count) monitored")] : findings
    }

    private static func listed(_ findings: [Finding]) -> [Finding] {
        guard findings.count > most else { return findings }
        return findings.prefix(most) + [Finding(.warning, "processes", "\(findings.count - most) more like these")]
    }

    private static func refusal(of process: ProcessStatus) -> Finding? {
        do {
            _ = try ProcessName(process.name)
            return nil
        } catch {
            return Finding(
                .warning, "processes", "\(error): nothing is ever run for process \(process.processID)",
                remedy: "rename it in PROCESE")
        }
    }

    private static func unstartable(_ process: ProcessStatus, _ configuration: Configuration) -> Finding? {
        guard let name = try? ProcessName(process.name) else { return nil }
        let settings = configuration.settings(for: name)
        guard settings.strategy == .process, settings.startCommand == nil else { return nil }
        return Finding(
            .warning, "processes",
            "'\(name)' has strategy process and no start_command: once it has gone, nobody knows how to start it",
            remedy: "[process.\(name)] start_command = …")
    }

    private static func unmonitored(_ processes: [ProcessStatus], _ configuration: Configuration) -> [Finding] {
        let names = Set(processes.map(\.name))
        let sections = configuration.processes.keys.filter { !names.contains($0.rawValue) }.sorted()
        return listed(
            sections.map { name in
                let nearest = name.rawValue.nearest(among: names.sorted())
                return Finding(
                    .warning, "processes", "section [process.\(name)]: no process of that name is monitored",
                    remedy: nearest.map { "did you mean '\($0)'?" } ?? "monitorctl process add \(name)")
            })
    }
}
