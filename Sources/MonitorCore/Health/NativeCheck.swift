/// What a `health_check_command` asks, where that is known well enough to be found out without running it.
///
/// The default, and what most files hold, is one of two commands, run at every try of every recovery. Recognized are
/// exactly these, and only in the form in which the answer is the same; everything else runs as it stands.
package enum NativeCheck: Sendable, Equatable {
    /// `pgrep PATTERN`: see ``PgrepHealthCheck``.
    case pgrep(String)
    /// `systemctl is-active UNIT`: see ``UnitHealthCheck``.
    case unitIsActive(UnitName)
    case command

    /// Classifies a command line, the process's name already put in.
    ///
    /// The command's last word may hold only what no shell interprets: the characters of a ``ProcessName``, with which
    /// it can't begin an option either.
    package init(_ text: String) {
        let words = text.split { $0 == " " || $0 == "\t" }
        guard let last = words.last, let word = try? ProcessName(String(last)) else {
            self = .command
            return
        }
        switch words.dropLast() {
        case ["pgrep"]: self = .pgrep(word.rawValue)
        case ["systemctl", "is-active"]: self = UnitName(asked: word).map(Self.unitIsActive) ?? .command
        default: self = .command
        }
    }
}

extension UnitName {
    /// The unit that systemctl takes a word for: one of another kind than a service is none of ours.
    fileprivate init?(asked word: ProcessName) {
        let suffix = word.rawValue.split(separator: ".", omittingEmptySubsequences: false).dropFirst().last
        if let suffix, Self.otherKinds.contains(String(suffix)) { return nil }
        self.init(process: word)
    }

    /// `systemd.unit(5)`
    private static let otherKinds: Set = [
        "socket", "device", "mount", "automount", "swap", "target", "path", "timer", "slice", "scope", "snapshot",
    ]
}
