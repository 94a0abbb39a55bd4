extension MonitorSettings {
    /// Why `allow` and `deny` keep a process from being restarted here, `deny` first; nil where they don't.
    package func objection(to name: ProcessName) -> String? {
        func isNamed(by patterns: [String]) -> Bool { patterns.contains { NamePattern($0).matches(name) } }
        if isNamed(by: deny) { return "deny of [monitor] names this process" }
        return isNamed(by: allow) ? nil : "allow of [monitor] does not name this process"
    }
}
