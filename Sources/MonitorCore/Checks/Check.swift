/// A way of telling, again and again, whether a process does its work: what a `[check.NAME]` section asks.
///
/// A check neither counts nor decides: the daemon does both. It changes nothing on the host.
package protocol Check: Sendable {
    /// Asks once, for at most `limit`.
    ///
    /// Past the limit the result is ``CheckResult/failed(_:)`` that says so; everything that was started for the answer
    /// has ended by then. Cancelled, it returns at once, and the caller drops the result.
    func run(limit: Duration) async -> CheckResult
}

/// What a check found.
package enum CheckResult: Sendable, Equatable {
    /// The process does its work; the text says what was seen: `200 in 12 ms`.
    case passed(String)
    /// It doesn't; the text says why, the cause first, without full stop: `tcp 127.0.0.1:80: connection refused`.
    case failed(String)
    /// The check itself could not be made (a plugin that isn't there, exit code 3, no permission): this counts neither for
    /// the process nor against it.
    case unknown(String)

    /// The text, whatever was found.
    package var message: String {
        switch self {
        case .passed(let message), .failed(let message), .unknown(let message): message
        }
    }
}
