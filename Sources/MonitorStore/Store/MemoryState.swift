internal import MonitorCore

/// What a store remembers itself where the tables of the monitor are missing: lost with the process.
struct MemoryState {
    var breakers = BreakerTable()
    /// The last report of each process and what became of it, so that writing it twice is writing it once.
    private var reports: [Int64: (id: String, result: CompletionResult)] = [:]

    func result(of report: Completion) -> CompletionResult? {
        reports[report.processID].flatMap { $0.id == report.id ? $0.result : nil }
    }

    mutating func complete(_ report: Completion, alarm: CompletionResult.AlarmResult) -> CompletionResult {
        let result = CompletionResult(alarm: alarm, breakerApplied: breakers.complete(report))
        reports[report.processID] = (report.id, result)
        return result
    }
}
