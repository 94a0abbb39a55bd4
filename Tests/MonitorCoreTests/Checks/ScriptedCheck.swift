import MonitorCore
import Synchronization

/// A check that answers as a test says, and counts how often it was asked.
final class ScriptedCheck: Check {
    private struct State {
        var result: CheckResult
        var count = 0
        var hangs = false
    }

    private let state: Mutex<State>

    init(_ result: CheckResult = .passed("fine")) { state = Mutex(State(result: result)) }

    var result: CheckResult {
        get { state.withLock { $0.result } }
        set { state.withLock { $0.result = newValue } }
    }

    var count: Int { state.withLock { $0.count } }

    /// From now on it answers only when it is cancelled.
    func hang() { state.withLock { $0.hangs = true } }

    func run(limit: Duration) async -> CheckResult {
        let (result, hangs) = state.withLock { state in
            state.count += 1
            return (state.result, state.hangs)
        }
        if hangs { try? await ContinuousClock().sleep(for: .seconds(86400)) }
        return result
    }
}
