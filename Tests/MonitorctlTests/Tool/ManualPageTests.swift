internal import ArgumentParser
internal import Foundation
internal import MonitorStatus
internal import TestSupport
internal import Testing

@testable import monitorctl

/// monitorctl(8) and the parser say the same.
@Suite struct ManualPageTests {
    private let page: [String]

    init() throws {
        let file = URL(fileURLWithPath: #filePath).appendingPathComponent("../../../../Resources/man/monitorctl.8")
        page = try String(contentsOf: file.standardized, encoding: .utf8).components(separatedBy: "\n")
    }

    /// The commands that can be typed, with their options as `--help` has them, less those that all have.
    private static let commands: [(words: String, options: Set<String>)] = {
        func leaves(_ type: any ParsableCommand.Type, _ words: [String]) -> [(String, Set<String>)] {
            let below = type.configuration.subcommands
            guard below.isEmpty else {
                return below.flatMap { leaves($0, words + [$0.configuration.commandName ?? ""]) }
            }
            let help = Monitorctl.helpMessage(for: type)
            let options = help.matches(of: /--[a-z][a-z-]*/).map { String($0.output) }
            return [(words.joined(separator: " "), Set(options).subtracting(["--config", "--help", "--version"]))]
        }
        return leaves(Monitorctl.self, [])
    }()

    private func section(_ title: String) -> ArraySlice<String> {
        let start = page.firstIndex(of: ".Sh \(title)") ?? page.endIndex
        return page[start...].dropFirst().prefix { !$0.hasPrefix(".Sh ") }
    }

    /// The options that some lines of mdoc(7) name: `Fl -reason` is `--reason`.
    private func options(in lines: some Sequence<String>) -> Set<String> {
        Set(lines.joined(separator: " ").matches(of: /Fl -([a-z][a-z-]*)/).map { "--\($0.output.1)" })
    }

    @Test("the synopsis has every command, with just the options that it takes")
    func synopsis() {
        let entries = section("SYNOPSIS").split(separator: ".Nm")
        for (words, expected) in Self.commands {
            let entry = entries.first { $0.contains(".Cm \(words)") }
            #expect(entry != nil, "\(words) is not in the synopsis")
            let found = options(in: entry ?? []).subtracting(["--config"])
            #expect(found == expected, "the synopsis of \(words)")
        }
        let verbs = entries.compactMap { $0.first { $0.hasPrefix(".Cm ") }?.dropFirst(4) }
        #expect(Set(verbs.map(String.init)) == Set(Self.commands.map(\.words) + ["help"]))
    }

    @Test("every command and every option is described")
    func description() {
        var described: [String: [String]] = [:]
        var words: String?
        for line in section("DESCRIPTION") {
            if line.hasPrefix(".It Cm ") {
                words = line.dropFirst(".It Cm ".count).prefix { !$0.isUppercase }.trimmingCharacters(in: .whitespaces)
            }
            if line.hasPrefix(".It "), let words { described[words, default: []].append(line) }
        }
        for (words, expected) in Self.commands {
            let items = described[words] ?? []
            #expect(!items.isEmpty, "\(words) is not described")
            // What --all means is said once, for all.
            let own = items.filter { $0.hasPrefix(".It Fl ") }
            #expect(options(in: own).union(["--all"]) == expected.union(["--all"]), "the options of \(words)")
            #expect(options(in: items.prefix(1)) == expected, "the head of \(words)")
        }
    }

    @Test("every exit status is explained", arguments: [0, 1, 3, 4, 64, 69, 75, 78] as [Int32])
    func exitStatus(status: Int32) {
        #expect(ExitStatus(rawValue: status) != nil)
        #expect(section("EXIT STATUS").contains(".It \(status)"))
    }

    @Test("the general options are described")
    func general() {
        let items = section("DESCRIPTION").filter { $0.hasPrefix(".It Fl ") }
        #expect(options(in: items).isSuperset(of: ["--config", "--help", "--version"]))
    }

    @Test("every key and every word of the JSON is explained")
    func json() {
        let start = page.firstIndex(of: ".Ss JSON") ?? page.endIndex
        let section = page[start...].dropFirst().prefix { !$0.hasPrefix(".S") }
        let explained = Set(section.filter { $0.hasPrefix(".Li ") }.map { $0.split(separator: " ")[1] })
        let status = Fixtures.report().json(now: Fixtures.now).text
        let history = Fixtures.history.json.text
        let keys = (status + history).matches(of: /"([A-Za-z]+)":/).map(\.output.1)
        let words = ["closed", "open", "half_open", "held", "running", "stopped", "silent", "never_seen", "unknown"]
        #expect(Set(keys).isSuperset(of: ["host", "daemon", "breaker", "lastRecovery", "detail"]))
        #expect(Set(keys).union(words.map { $0[...] }).subtracting(explained) == [])
    }
}
