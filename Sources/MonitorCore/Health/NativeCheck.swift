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
    /// The unit that systemctl takes a word for; nil for one of another type than a service.
    fileprivate init?(asked word: ProcessName) {
        guard Self.otherType(of: word.rawValue) == nil else { return nil }
        self.init(process: word)
    }
}
