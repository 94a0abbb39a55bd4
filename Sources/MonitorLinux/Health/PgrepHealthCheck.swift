internal import Glibc
internal import MonitorCore

/// What `pgrep PATTERN` of procps does, without a process of its own: healthy when the name that the kernel shows of
/// any process, kernel threads and zombies among them, matches the pattern, an extended regular expression.
///
/// That name is cut to 15 bytes, so that a longer pattern finds nothing, here as there; pgrep hints at `-f` then. One
/// difference remains: bytes beyond ASCII are matched one by one, as in the C locale.
struct PgrepHealthCheck: HealthCheck {
    let pattern: String

    func check(_ process: MonitoredProcess, limit: Duration) async -> HealthResult {
        let found = Self.matches(pattern, in: await ProcessTable.current())
        return found ? .healthy : .unhealthy("pgrep \(pattern) found no process")
    }

    static func matches(_ pattern: String, in table: ProcessTable) -> Bool {
        guard let expression = RegularExpression(pattern) else { return false }
        return table.processes.values.contains { expression.matches($0.comm) }
    }
}

/// An extended regular expression of the C library, which is pgrep's too.
private struct RegularExpression: ~Copyable {
    private var compiled = regex_t()

    /// nil for what is no expression.
    init?(_ pattern: String) {
        guard regcomp(&compiled, pattern, REG_EXTENDED | REG_NOSUB) == 0 else { return nil }
    }

    deinit {
        var compiled = compiled
        regfree(&compiled)
    }

    func matches(_ text: [UInt8]) -> Bool {
        withUnsafePointer(to: compiled) { compiled in
            (text + [0]).withUnsafeBytes {
                regexec(compiled, $0.baseAddress!.assumingMemoryBound(to: CChar.self), 0, nil, 0) == 0
            }
        }
    }
}
