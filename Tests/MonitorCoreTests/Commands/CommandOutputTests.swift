import Testing

@testable import MonitorCore

@Suite struct CommandOutputTests {
    @Test func `keeps all of a short output`() {
        var output = CommandOutput()
        output.append(Array("one\n".utf8))
        output.append(Array("two\n".utf8))
        #expect(output.lines == ["one", "two"])
        #expect(output.byteCount == 8)
        #expect(output.summary == "one | two")
    }

    @Test func `keeps only the last bytes of a long one, and counts the rest`() {
        var output = CommandOutput()
        for _ in 0..<100 { output.append([UInt8](repeating: UInt8(ascii: "x"), count: 1000)) }
        output.append(Array("end".utf8))
        #expect(output.byteCount == 100_003)
        #expect(output.tail.count == CommandOutput.capacity)
        #expect(output.tail.suffix(3) == Array("end".utf8)[...])
        #expect(output.summary.hasPrefix("…"))
    }

    @Test func `takes a chunk larger than what it keeps`() {
        var output = CommandOutput()
        output.append([UInt8](repeating: 0x61, count: CommandOutput.capacity * 3))
        #expect(output.tail.count == CommandOutput.capacity)
    }

    @Test func `makes terminal escapes, controls and broken text printable`() {
        var output = CommandOutput()
        output.append([0x1B] + Array("[31mred\u{7}\r\n \t\n".utf8) + [0xFF, 0xC3])
        #expect(output.lines == ["\\u{1b}[31mred\\u{7}", "\u{FFFD}\u{FFFD}"])
    }
}
