internal import Testing

@testable import monitorctl

@Suite struct StatementsTests {
    @Test(
        "statements at the end of a message are a block to be pasted",
        arguments: [
            ("cannot x: no", "cannot x: no"), ("cannot x: a; check b", "cannot x: a; check b"),
            ("cannot x: no; GRANT SELECT ON a TO b", "cannot x: no:\nGRANT SELECT ON a TO b;"),
            ("run 'init'; GRANT A ON b TO c; GRANT D ON e TO f", "run 'init':\nGRANT A ON b TO c;\nGRANT D ON e TO f;"),
            ("no column; ALTER TABLE T ADD COLUMN notes X", "no column:\nALTER TABLE T ADD COLUMN notes X;"),
            ("GRANT A; is what you need", "GRANT A; is what you need"),
        ])
    func statements(text: String, block: String) {
        #expect(text.withStatementsBelow == block)
    }
}

@Suite struct DisplayWidthTests {
    @Test(
        "a text is as wide as a terminal shows it",
        arguments: [
            ("", 0), ("httpd", 5), ("größe", 5), ("e\u{301}tat", 4), ("日本", 4), ("ｱｲ", 2), ("Ａ", 2), ("한글", 4),
            ("☃", 1), ("🚀", 2), ("❤", 1), ("❤️", 2), ("👩‍👩‍👧", 2), ("🇩🇪", 2), ("1️⃣", 2), ("…", 1), ("𠀋", 2), ("ａb", 3),
        ])
    func width(text: String, columns: Int) {
        #expect(text.displayWidth == columns)
    }

    @Test(
        "a cut text fits its columns, marks the cut, and never splits a wide character",
        arguments: [
            ("httpd", 5, "httpd"), ("httpd", 4, "htt…"), ("日本語", 6, "日本語"), ("日本語", 5, "日本…"),
            ("日本語", 4, "日…"), ("日本語", 1, "…"), ("httpd", 0, ""), ("e\u{301}tat", 3, "e\u{301}t…"),
        ])
    func cut(text: String, columns: Int, expected: String) {
        #expect(text.cut(toWidth: columns) == expected)
    }

    @Test(
        "a text is broken between words, and within a word only where that alone is wider than a line",
        arguments: [
            ("", 10, []), ("one two", 10, ["one two"]), ("one two three", 8, ["one two", "three"]),
            ("abcdefgh ij", 4, ["abcd", "efgh", "ij"]), ("日本語 日本", 4, ["日本", "語", "日本"]),
            ("a  b", 10, ["a b"]),
        ])
    func wrapping(text: String, columns: Int, lines: [String]) {
        #expect(text.wrapped(toWidth: columns) == lines)
    }
}
