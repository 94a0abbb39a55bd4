import MonitorCore
import Testing

@Suite struct ProcessNameTests {
    @Test(arguments: ["a", "httpd", "getty@tty1", "a.b-c_d:e+f", "9lives", "_x", String(repeating: "n", count: 100)])
    func `plain names are taken as they are`(text: String) throws {
        #expect(try ProcessName(text).rawValue == text)
    }

    @Test(arguments: [
        ("", "is empty"), ("a; touch /x", "character"), ("$(x)", "character"), ("`x`", "character"),
        ("--help", "begins with"), (".hidden", "begins with"), ("../../x", "character"), ("a'b", "character"),
        ("a\"b", "character"), ("a\nb", "character"), ("a\0b", "character"), ("🔥", "character"),
        (String(repeating: "漢", count: 100), "character"), ("a b", "character"), ("a%sb", "character"),
        ("a*", "character"), ("é", "character"), (String(repeating: "n", count: 101), "longer than 100"),
    ])
    func `anything else is refused with its reason`(text: String, reason: String) {
        let error = #expect(throws: InvalidProcessName.self) { try ProcessName(text) }
        #expect(error?.reason.contains(reason) == true)
    }

    @Test func `a refusal can be printed on a terminal`() {
        let error = #expect(throws: InvalidProcessName.self) { try ProcessName("x\u{1B}[2J\n\u{202E}y") }
        #expect(error?.printable == #"x\u{1b}[2J\u{a}\u{202e}y"#)
    }
}

@Suite struct DisplayTests {
    @Test(arguments: [("日本語", 3, "日本語"), ("日本語", 2, "日…"), ("👨‍👩‍👧x", 5, "…"), ("abc", 100, "abc")])
    func `a text is cut on a character boundary, counted as the database counts`(
        text: String, limit: Int, expected: String
    ) {
        #expect(text.cut(toCharacters: limit) == expected)
        #expect(expected.unicodeScalars.count <= limit)
    }
}

@Suite struct NamePatternTests {
    @Test(arguments: [
        ("*", "anything", true), ("web*", "web1", true), ("web*", "xweb1", false), ("*d", "httpd", true),
        ("h?tpd", "httpd", true), ("h?tpd", "htpd", false), ("a*b*c", "axxbyyc", true), ("a*b*c", "axxbyy", false),
        ("", "a", false), ("httpd", "httpd", true), ("httpd", "httpd2", false), ("*.*", "a.b", true),
    ])
    func `star and question mark stand for other characters`(pattern: String, name: String, matches: Bool) throws {
        #expect(NamePattern(pattern).matches(try ProcessName(name)) == matches)
    }

    @Test func `a pattern made to be slow is not`() throws {
        let name = try ProcessName(String(repeating: "a", count: 100))
        #expect(!NamePattern(String(repeating: "a*", count: 50) + "b").matches(name))
    }
}
