import Testing

@testable import MonitorConfig
@testable import MonitorCore

@Suite struct INIDocumentTests {
    private func read(_ text: String) -> INIDocument { INIDocument(reading: Array(text.utf8)) }

    @Test func `sections, keys and values come in the order of the text, with their lines`() {
        let document = read("[a]\nx = 1\n\n; note\n[b.c]\ny=2\nz = 3 = 4\n")

        #expect(document.problems.isEmpty)
        #expect(document.sections.map(\.name) == ["a", "b.c"])
        #expect(document.sections.map(\.line) == [1, 5])
        #expect(document.sections[1].entries.map(\.key) == ["y", "z"])
        #expect(document.sections[1].entries.map(\.value.verbatim) == ["2", "3 = 4"])
        #expect(document.sections[1].entries.map(\.line) == [6, 7])
    }

    @Test(arguments: [
        "[a]\nx = 1", "[a]\r\nx = 1\r\n", "\u{FEFF}[a]\nx = 1\n", "  [ a ]\t\n\t x\t=\t1  \n", "[a] ; note\nx=1\n",
        "# note\n[a]#\n  ; x = 2\nx=1",
    ])
    func `line ends, a byte order mark, blanks and comments change nothing`(text: String) {
        let document = read(text)

        #expect(document.problems.isEmpty)
        #expect(document.sections.map(\.name) == ["a"])
        #expect(document.sections.first?.entries.map(\.key) == ["x"])
        #expect(document.sections.first?.entries.map(\.value.verbatim) == ["1"])
    }

    @Test(arguments: [
        ("[a", "']'"), ("[a] b", "after the section"), ("word", "neither"), ("= 1", "no key"),
        ("x = a\u{1B}[31m", "control character"), ("x = a\rb", "control character"),
        ("x = " + String(repeating: "a", count: INIDocument.longestLine), "longer than"),
    ])
    func `a line that can't be read is told with its number, and the rest is read`(line: String, complaint: String) {
        let document = read("[before]\n\(line)\n[after]\nx = 1\n")

        #expect(document.problems.map(\.line) == [2])
        #expect(document.problems.first?.text.contains(complaint) == true)
        #expect(document.sections.map(\.name) == ["before", "after"])
    }

    @Test func `a key before the first section is told`() {
        #expect(read("x = 1\n[a]\n").problems.map(\.text) == ["the key stands before the first '[section]'"])
    }

    @Test func `a text with a NUL byte is told once, and no further read`() {
        let document = read("[a]\nx = \0\ny = \0\n[b]\n")

        #expect(document.problems.map(\.line) == [2])
        #expect(document.sections.map(\.name) == ["a"])
    }

    @Test func `bytes that are not UTF-8 are let pass in a comment only`() {
        let latin = INIDocument(reading: Array("[a]\n; caf".utf8) + [0xE9] + Array("\nx = caf".utf8) + [0xE9])

        #expect(latin.problems.map(\.line) == [3])
        #expect(latin.problems.first?.text.contains("UTF-8") == true)
    }

    @Test func `no problem quotes the line, in which a password may stand`() {
        let document = read("[a]\npassword hunter2\n[hunter2\npassword = hunter2\u{7}\n")

        #expect(document.problems.count == 3)
        #expect(document.problems.allSatisfy { !$0.text.contains("hunter2") })
    }
}
