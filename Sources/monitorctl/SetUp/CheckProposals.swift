internal import MonitorCore
internal import MonitorLinux

/// What `check` proposes for processes that nothing asks about: their units, and the ports on which these listen.
enum CheckProposals {
    private static let subject = "checks"

    static func findings(for processes: [ProcessStatus], _ settings: EngineSettings) -> [Finding] {
        guard HostFindings.hasSystemd else { return [] }
        let names = unwatched(processes, settings)
        let units = Dictionary(names.map { (unit(of: $0, settings).rawValue, $0) }) { first, _ in first }
        let found = RunningUnits.find(Set(units.keys))
        let all = units.compactMap { unit, name in found[unit].map { findings(name, UnitName(given: unit), $0) } }
        return ProcessFindings.listed(all.sorted { $0.text < $1.text })
    }

    /// The names of processes that no check is about.
    private static func unwatched(_ processes: [ProcessStatus], _ settings: EngineSettings) -> [ProcessName] {
        let watched = Set(settings.checks.map(\.process))
        return processes.compactMap { try? ProcessName($0.name) }.filter {
            !watched.contains($0) && settings.objection(to: $0) == nil
                && settings.settings(for: $0).strategy != .process
        }
    }

    private static func unit(of name: ProcessName, _ settings: EngineSettings) -> UnitName {
        settings.settings(for: name).unit ?? UnitName(process: name)
    }

    /// A proposal, with the sections to paste.
    static func findings(_ name: ProcessName, _ unit: UnitName, _ running: RunningUnits.Unit) -> Finding {
        var lines = ["[check.\(name)]", "type = unit"]
        var text = "'\(name)' is not seen to die: no check is about it"
        for address in running.addresses {
            lines += ["[check.\(name)-\(address.port)]", "type = tcp", "process = \(name)", "address = \(address)"]
        }
        if let first = running.addresses.first {
            text += ", nor about \(running.addresses.count == 1 ? "\(first)" : "the ports") on which it listens"
        }
        return Finding(.note, subject, text, remedy: lines.joined(separator: "\n"))
    }
}
