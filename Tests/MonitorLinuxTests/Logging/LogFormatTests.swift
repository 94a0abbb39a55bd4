import Logging
import Testing

@testable import MonitorCore
@testable import MonitorLinux

@Suite struct TextLogFormatTests {
    private func line(_ message: String, _ metadata: Logger.Metadata = [:], level: Logger.Level = .info) -> String {
        let record = LogRecord(
            time: Timestamp(milliseconds: 0), level: level, message: message, metadata: metadata)
        let line = TextLogFormat().line(for: record)
        return String(line.dropFirst(record.time.localText.count + 1))
    }

    @Test func `a line is time, level, message and data, the event first`() {
        let metadata: Logger.Metadata = ["process.name": "web", "event": "recovery.begun", "attempt": "\(2)"]
        #expect(
            line("Recovery begun", metadata)
                == "INFO    Recovery begun [event=recovery.begun attempt=2 process.name=web]\n")
    }

    @Test(arguments: [
        (Logger.Level.trace, "DEBUG   "), (.debug, "DEBUG   "), (.info, "INFO    "), (.notice, "INFO    "),
        (.warning, "WARNING "), (.error, "ERROR   "), (.critical, "ERROR   "),
    ])
    func `levels are the script's four words`(level: Logger.Level, word: String) {
        #expect(line("x", level: level) == "\(word)x\n")
    }

    @Test(arguments: [
        ("", #"k="""#), ("two words", #"k="two words""#), ("a=b", #"k="a=b""#), (#"say "hi""#, #"k="say \"hi\"""#),
        (#"back\slash"#, #"k="back\\slash""#), ("x]", #"k="x]""#), ("größe😀", "k=größe😀"),
    ])
    func `a value that is more than a word is in quotes`(value: String, expected: String) {
        #expect(line("m", ["k": "\(value)"]) == "INFO    m [\(expected)]\n")
    }

    @Test func `nothing injects a line, a colour or an invisible character`() {
        let hostile = "a\nERROR forged\r\u{1B}[31m\u{0}\u{202E}\u{2028}\u{9B}"
        let line = line(hostile, ["k\(hostile)": "\(hostile)", "list": ["\(hostile)"], "map": ["k": "\(hostile)"]])

        #expect(line.last == "\n")
        #expect(
            line.dropLast().unicodeScalars.allSatisfy {
                ![.control, .format, .lineSeparator].contains($0.properties.generalCategory)
            })
    }

    @Test func `a value has an end`() {
        #expect(line("m", ["k": "\(String(repeating: "x", count: 100_000))"]).count < 5000)
    }

    @Test func `colour is around the level alone, and only where it is asked for`() {
        let record = LogRecord(time: Timestamp(milliseconds: 0), level: .error, message: "m", metadata: [:])
        let coloured = TextLogFormat(isColoured: true).line(for: record)
        #expect(coloured.hasSuffix("\u{1B}[1;31mERROR\u{1B}[0m   m\n"))
        #expect(!TextLogFormat().line(for: record).contains("\u{1B}"))
    }
}

@Suite struct JSONLogFormatTests {
    private func line(_ message: String, _ metadata: Logger.Metadata, level: Logger.Level = .warning) -> String {
        let time = Timestamp(milliseconds: 0)
        let line = JSONLogFormat().line(
            for: LogRecord(time: time, level: level, message: message, metadata: metadata))
        let prefix = "{\"time\":\"\(time.text(utcOffset: time.localUTCOffset, separator: "T"))\","
        #expect(line.hasPrefix(prefix))
        return String(line.dropFirst(prefix.count))
    }

    @Test func `a line is an object with the data under their dotted names`() {
        #expect(
            line(
                "Recovery failed",
                ["event": "recovery.failed", "error.reason": "no", "a": ["1", "2"], "m": ["z": "1"]])
                == #""level":"warning","message":"Recovery failed","event":"recovery.failed","#
                + #""a":["1","2"],"error.reason":"no","m":{"z":"1"}}"# + "\n")
    }

    @Test func `a field called like one of ours does not hide it`() {
        #expect(
            line("m", ["level": "x", "time": "y"])
                == #""level":"warning","message":"m","field.level":"x","field.time":"y"}"# + "\n")
    }

    @Test(arguments: [
        ("\"\\/", #"\"\\/"#), ("a\nb\rc\td", #"a\nb\rc\td"#), ("\0\u{1B}\u{7F}", #"\u0000\u001b\u007f"#),
        ("\u{202E}\u{2028}", #"\u202e\u2028"#), ("\u{E0001}", #"\udb40\udc01"#), ("größe😀", "größe😀"),
    ])
    func `texts are escaped as JSON wants it, and as a terminal needs it`(text: String, escaped: String) {
        #expect(line(text, [:]) == "\"level\":\"warning\",\"message\":\"\(escaped)\"}\n")
    }
}

@Suite struct TimestampLocalTextTests {
    @Test(arguments: [
        (Int64(0), 0, "1970-01-01 00:00:00.000+00:00"), (1_795_430_405_123, 3600, "2026-11-23 11:40:05.123+01:00"),
        (1_795_430_405_007, -12600, "2026-11-23 07:10:05.007-03:30"), (-1, 0, "1969-12-31 23:59:59.999+00:00"),
        (.max, 0, "292278994-08-17 07:12:55.807+00:00"), (.min, 0, "-292275055-05-16 16:47:04.192+00:00"),
    ])
    func `a moment is written in a time zone, to the millisecond`(milliseconds: Int64, offset: Int, text: String) {
        #expect(Timestamp(milliseconds: milliseconds).text(utcOffset: offset, separator: " ") == text)
    }
}
