import Testing

@testable import MonitorConfig
@testable import MonitorCore

@Suite struct INIValueTests {
    @Test(arguments: [
        ("300", "300"), ("300 ; five minutes", "300"), ("300\t# five minutes", "300"), ("; nothing", ""),
        ("a;b#c", "a;b#c"), ("'a ; b'", "a ; b"), (#""a ; b" ; note"#, "a ; b"), (#""a" "b""#, #""a" "b""#),
        (#""a" b ; note"#, #""a" b"#), ("'open ; note", "'open"), (#""""#, ""), ("\"", "\""), ("it's", "it's"),
    ])
    func `a word ends at a comment and loses the quotes around it`(text: String, word: String) {
        #expect(INIValue(text).word == word)
    }

    @Test(arguments: [
        ("pa;ss #1 ;2", "pa;ss #1 ;2"), ("'pa ss'", "pa ss"), (#"'"quoted"'"#, #""quoted""#), ("'a' 'b'", "'a' 'b'"),
        (#""a" ; b"#, #""a" ; b"#), ("=x=", "=x="),
    ])
    func `a text keeps its comment characters and loses the quotes around it`(text: String, unquoted: String) {
        #expect(INIValue(text).unquoted == unquoted)
    }

    @Test(arguments: ["a; b # c", #""/opt/my program/check" --all"#, "'whole'", "test \"$x\" = 1 ; echo \"done\""])
    func `a command is what stands there`(text: String) {
        #expect(INIValue(text).verbatim == text)
    }
}
