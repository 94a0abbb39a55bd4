internal import MonitorStatus
internal import Testing

@Suite struct JSONValueTests {
    @Test("a hostile text stays within its quotes, and has nothing left that a terminal obeys")
    func strings() {
        // Not arguments: those are printed as they are when the tests run.
        let texts = [
            ("plain", #""plain""#),
            (#"say "hi" \ bye"#, #""say \"hi\" \\ bye""#),
            ("a\nb\r\tc", #""a\nb\r\tc""#),
            ("\u{0}\u{1B}[2J\u{7F}\u{9B}", #""\u0000\u001b[2J\u007f\u009b""#),
            ("\u{202E}drow\u{2028}\u{FEFF}", #""\u202edrow\u2028\ufeff""#),
            ("\u{E0041}", #""\udb40\udc41""#),
            ("größe 日本 🚀", #""größe 日本 🚀""#),
            ("</script>", #""</script>""#),
        ]
        for (text, json) in texts { #expect(JSONValue.string(text).text == json) }
    }

    @Test("keys keep their order, and are quoted like any text")
    func objects() {
        let value = JSONValue.object([
            ("z", .array([.null, .bool(true), .integer(-3)])), ("a\"", .number(1.5)), ("m", .object([])),
        ])
        #expect(value.text == #"{"z":[null,true,-3],"a\"":1.5,"m":{}}"#)
    }

    @Test("what JSON has no number for is null", arguments: [Double.infinity, -.infinity, .nan])
    func notANumber(value: Double) {
        #expect(JSONValue.number(value).text == "null")
    }

    @Test("seconds are told to the millisecond")
    func seconds() {
        #expect(JSONValue.seconds(.milliseconds(14_250)).text == "14.25")
        #expect(JSONValue.seconds(.microseconds(1_499)).text == "0.001")
    }
}
