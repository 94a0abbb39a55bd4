internal import Testing

/// What a shell completes, by the generated script in a real bash.
@Suite struct CompletionTests {
    /// What bash offers for the last word of a command line.
    private func completions(of line: [String], _ tool: Tool) async throws -> [String] {
        let script = try await Tool.run(["--generate-completion-script", "bash"]).output
        try tool.write(script, to: tool.directory + "/completion.bash")
        let words = line.map { "'\($0)'" }.joined(separator: " ")
        let ask = """
            PATH=\(Tool.path.split(separator: "/").dropLast().map { "/" + $0 }.joined()):$PATH
            . \(tool.directory)/completion.bash
            COMP_WORDS=(\(words)) COMP_CWORD=$((\(line.count) - 1)) COMP_LINE="${COMP_WORDS[*]}"
            COMP_POINT=${#COMP_LINE}
            _monitorctl && printf '%s\\n' "${COMPREPLY[@]}"
            """
        let answer = try await Tool.bash(ask)
        return answer.split(separator: "\n").map { String($0.drop { $0 == " " }) }.filter { !$0.isEmpty }
    }

    @Test("the names of processes are completed wherever one may stand, and only those that can be typed")
    func names() async throws {
        try await Tool.with(["httpd", "mysqld", "mydaemon"]) { tool in
            for verb in [["status"], ["alarm", "set"], ["reset"], ["hold"], ["history"], ["process", "remove"]] {
                let line = ["monitorctl", "--config", tool.configurationFile] + verb + ["my"]
                let offered = try await completions(of: line, tool)
                #expect(offered.sorted() == ["mydaemon", "mysqld"], "\(verb)")
            }
        }
    }

    @Test("without a database there is nothing to complete, and no noise")
    func noDatabase() async throws {
        try await Tool.with([]) { tool in
            let line = ["monitorctl", "--config", tool.configurationFile, "status", ""]
            let offered = try await completions(of: line, tool)
            #expect(offered.isEmpty)
        }
    }
}
