import Testing

@testable import MonitorConfig
@testable import MonitorCore

/// monitord-config(5): what the page says is what the parser does.
@Suite struct ConfigurationManualTests {
    private static let keys: [(section: String, names: [String])] = [
        ("[database]", DatabaseSettings.keys.map(\.name)), ("[monitor]", Configuration.monitorKeys.map(\.name)),
        ("[logging]", LoggingSettings.keys.map(\.name)), ("[process.NAME]", ProcessSettings.keys.map(\.name)),
        ("[check.NAME]", CheckSection.keys.map(\.name)),
    ]

    private func page() throws -> [Substring] {
        try RepositoryFile.text("Resources/man/monitord-config.5").split(separator: "\n")
    }

    /// The keys of a section in the page, each with the lines that explain it.
    private func entries(of section: String) throws -> [(key: String, text: [Substring])] {
        let page = try page()
        let start = try #require(page.firstIndex(of: ".Ss \(section)"))
        var entries: [(key: String, text: [Substring])] = []
        for line in page[start...].prefix(while: { $0 != ".El" }) {
            if line.hasPrefix(".It Cm ") {
                entries.append((String(line.dropFirst(7)), []))
            } else if !entries.isEmpty {
                entries[entries.count - 1].text.append(line)
            }
        }
        return entries
    }

    /// The default in an entry, where it is a value and not prose: `Default: 5.`, or `.Li preferred .` in the next line.
    ///
    /// A path, `.Pa`, is none: it depends on who runs the daemon.
    private func defaultValue(in text: [Substring]) -> Substring? {
        guard let index = text.firstIndex(where: { $0.hasPrefix("Default:") }) else { return nil }
        if text[index] == "Default:" {
            let markup = text[(index + 1)...].first ?? ""
            return markup.hasSuffix(" .") && !markup.hasPrefix(".Pa") ? markup.dropFirst(4).dropLast(2) : nil
        }
        let word = text[index].dropFirst("Default: ".count).dropLast()
        return word == "none" || word.contains(" ") ? nil : word
    }

    @Test(arguments: keys.indices)
    func `it has every key, and no other`(index: Int) throws {
        let (section, names) = Self.keys[index]
        #expect(try entries(of: section).map(\.key).sorted() == names.sorted())
    }

    @Test(arguments: keys.indices)
    func `its defaults are the built-in ones`(index: Int) throws {
        let (section, names) = Self.keys[index]
        let defaults = try entries(of: section).compactMap { entry in
            defaultValue(in: entry.text).map { "\(entry.key) = \($0)" }
        }
        // Most keys of a check are of one type, and have none.
        #expect(defaults.count >= (section == "[check.NAME]" ? 4 : names.count / 3))
        // A server, or a type, so that its keys make sense.
        let meaning = ["[database]": "\nhost = h", "[check.NAME]": "\ntype = process"][section] ?? ""
        let header = section.replacing("NAME", with: "default") + meaning
        let given = try Configuration.parse("\(header)\n\(defaults.joined(separator: "\n"))\n", path: "x")

        #expect(given == (try Configuration.parse("\(header)\n", path: "x")))
    }

    @Test func `its examples are right`() throws {
        let page = try page()
        let start = try #require(page.firstIndex(of: ".Sh EXAMPLES"))
        let examples = page[start...].split { $0.hasPrefix(".") }.filter { $0.first?.hasPrefix("[") == true }

        #expect(examples.count == 4)
        for example in examples {
            #expect(throws: Never.self) { try Configuration.parse(example.joined(separator: "\n"), path: "x") }
        }
    }
}
