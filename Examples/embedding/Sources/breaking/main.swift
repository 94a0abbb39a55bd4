import MonitorCore

struct OutOfReach: Error {}

/// A server that is out of reach, for three calls.
actor Server {
    private var calls = 0

    func answer() throws -> String {
        calls += 1
        if calls <= 3 { throw OutOfReach() }
        return "the answer"
    }
}

let server = Server()
let breaker = BreakerRunner(
    "the server", policy: BreakerPolicy(maxFailures: 3, resetTime: .milliseconds(200)),
    onStateChange: { print("the breaker was \($0.name), and is \($1.name)") })

for _ in 1...5 {
    do {
        print(try await breaker.run { try await server.answer() })
    } catch let denied as BreakerDenied {
        // Nothing was called. Do without, or wait.
        print("denied: \(denied.denial.code.rawValue)")
        try await Task.sleep(for: .milliseconds(250))
    } catch {
        print("failed")
    }
}

extension CircuitBreaker.State {
    var name: String {
        switch self {
        case .closed: "closed"
        case .open: "open"
        case .halfOpen: "half-open"
        }
    }
}
