import Testing

/// monitord(8): its options are those of the program, whose `--help` comes from its parser.
@Suite struct DaemonManualTests {
    @Test func `it explains every option that the program has, and no other`() async throws {
        let help = try await Program.run("monitord", ["--help"]).output
        let page = try StagedHost.repositoryText("Resources/man/monitord.8")
        let explained = page.split(separator: "\n").filter { $0.hasPrefix(".It ") }.joined(separator: "\n")

        let options = Set(help.matches(of: /--([a-z-]+)/).map(\.output.1))
        #expect(options.count >= 6)
        #expect(Set(explained.matches(of: /Fl -([a-z-]+)/).map(\.output.1)) == options)
    }
}
