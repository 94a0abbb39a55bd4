/// Why a process is not restarted now: a rule, with a code for programs and a sentence for people.
public struct Denial: Sendable, Hashable, Codable, CustomStringConvertible {
    /// Which rule it is. More may be added: a reader has to expect codes that it doesn't know.
    public struct Code: Sendable, Hashable, Codable, RawRepresentable {
        public var rawValue: String
        public init(rawValue: String) { self.rawValue = rawValue }

        /// The name in the table is none that is ever restarted.
        package static let name = Code(rawValue: "name")
        /// `allow` or `deny` leaves the process alone on this host.
        package static let allow = Code(rawValue: "allow")
        /// Another row in alarm has the same name.
        package static let duplicate = Code(rawValue: "duplicate")
        /// An operator holds it.
        package static let hold = Code(rawValue: "hold")
        /// Its breaker is open, or another recovery of it is on trial.
        public static let breaker = Code(rawValue: "breaker")
        /// The last try has failed, and the next one has its time.
        public static let retry = Code(rawValue: "retry")
        /// The restart was refused, and nothing has changed since.
        package static let refused = Code(rawValue: "refused")
        /// `mode = observe`: nothing is touched.
        package static let observe = Code(rawValue: "observe")
        /// It is being recovered, or the outcome of that is still to be written.
        package static let inProgress = Code(rawValue: "in_progress")
    }

    public var code: Code
    /// A phrase, without full stop: `deny of [monitor] names this process`.
    public var reason: String
    /// When the rule lets it through by itself; nil = not by itself, or not known.
    public var until: Timestamp?

    package init(_ code: Code, _ reason: String, until: Timestamp? = nil) {
        self.code = code
        self.reason = reason
        self.until = until
    }

    public var description: String { reason }
}

extension Scheduler {
    /// A process that no recovery is begun for.
    struct NameRefusal: Error, Equatable {
        var printableName: String
        var denial: Denial
    }

    /// Parses a name from the database, and asks `allow` and `deny`.
    static func accept(_ text: String?, by settings: EngineSettings) -> Result<ProcessName, NameRefusal> {
        guard let text else {
            let denial = Denial(.name, "no row of PROCESE has this process_id")
            return .failure(NameRefusal(printableName: "(none)", denial: denial))
        }
        let name: ProcessName
        do { name = try ProcessName(text) } catch {
            let denial = Denial(.name, "the name \(error.reason)")
            return .failure(NameRefusal(printableName: error.printable, denial: denial))
        }
        if let reason = settings.objection(to: name) {
            return .failure(NameRefusal(printableName: name.rawValue, denial: Denial(.allow, reason)))
        }
        return .success(name)
    }
}
