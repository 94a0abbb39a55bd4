internal import Testing

@testable import monitorctl

@Suite struct SuggestionTests {
    @Test(
        "a typing mistake is one step away, whatever its kind",
        arguments: [
            ("httpd", "httpd", 0), ("htpd", "httpd", 1), ("httppd", "httpd", 1), ("hxtpd", "httpd", 1),
            ("ptthd", "httpd", 2), ("htptd", "httpd", 1),
            ("", "abc", 3), ("abc", "", 3),
        ])
    func distance(from: String, to: String, steps: Int) {
        #expect(Suggestion.distance(from, to) == steps)
    }

    @Test(
        "only what may be meant is suggested, the nearest first",
        arguments: [
            ("htpd", ["httpd"]), ("HTTPD", ["httpd"]), ("my", ["mysqld"]), ("zebra", []), ("", []),
            ("worker-3", ["worker-1", "worker-2"]),
        ])
    func candidates(word: String, expected: [String]) {
        let names = ["mysqld", "httpd", "worker-2", "worker-1"]
        #expect(Suggestion.candidates(for: word, among: names) == expected)
    }

    @Test("the phrase names them, or is nothing")
    func phrase() {
        #expect(Suggestion.phrase(for: "htpd", among: ["httpd"]) == "; did you mean 'httpd'?")
        #expect(Suggestion.phrase(for: "zebra", among: ["httpd"]) == "")
    }
}
