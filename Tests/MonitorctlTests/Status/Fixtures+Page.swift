internal import MonitorCore
internal import MonitorStatus
internal import TestSupport

@testable import monitorctl

extension Fixtures {
    static func page(width: Int?) -> Page {
        Page(width: width, colours: false, times: TimeFormat(now: now, zone: .utc))
    }

    /// The detail view of some processes, one below the other.
    static func details(_ processes: [ProcessStatus], _ page: Page) -> String {
        let report = report(processes)
        return report.entries.flatMap { entry in
            ProcessFacts(
                entry, daemon: report.daemon, policy: BreakerPolicy(), checkInterval: .seconds(300), times: page.times
            ).lines(of: entry.process, entry.state.style, page) + [""]
        }.joined(separator: "\n")
    }
}
