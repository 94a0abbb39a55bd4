internal import MonitorCore

/// The sections that there are.
enum SectionKind: Hashable, Sendable {
    case database
    case monitor
    case logging
    case processDefault
    case process(ProcessName)

    private static let processPrefix = "process."
    private static let fixed: [String: SectionKind] = [
        "database": .database, "monitor": .monitor, "logging": .logging, "process.default": .processDefault,
    ]

    /// Parses the name between the brackets.
    ///
    /// - Throws: ``InvalidValue`` with what is wrong, and with the nearest name that there is.
    init(_ name: String) throws(InvalidValue) {
        if let kind = Self.fixed[name] {
            self = kind
        } else if name.hasPrefix(Self.processPrefix) {
            do {
                self = .process(try ProcessName(String(name.dropFirst(Self.processPrefix.count))))
            } catch {
                throw InvalidValue("[process.NAME]: \(error)")
            }
        } else {
            throw InvalidValue("unknown section [\(name.escapedForDisplay(limit: 60))]\(Self.suggestion(for: name))")
        }
    }

    private static func suggestion(for name: String) -> String {
        if let near = name.nearest(among: fixed.keys.sorted()) { return "; did you mean [\(near)]?" }
        let parts = name.split(separator: ".", maxSplits: 1).map(String.init)
        if parts.count == 2, parts[0].nearest(among: ["process"]) != nil, (try? ProcessName(parts[1])) != nil {
            return "; did you mean [process.\(parts[1])]?"
        }
        if (try? ProcessName(name)) != nil { return "; a process's section is called [process.\(name)]" }
        return "; there are [database], [monitor], [logging], [process.default] and [process.NAME]"
    }
}
