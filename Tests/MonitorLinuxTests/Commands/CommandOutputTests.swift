import Testing

@testable import MonitorCore
@testable import MonitorLinux

@Suite struct CommandOutputTests {
    private func append(_ output: inout CommandOutput, _ bytes: [UInt8]) { output.append(bytes[...]) }

    @Test func `keeps all of a short output`() {
        var output = CommandOutput()
        append(&output, Array("one\n".utf8))
        append(&output, Array("two\n".utf8))
        #expect(output.lines == ["one", "two"])
        #expect(output.byteCount == 8)
        #expect(output.summary == "one | two")
    }

    @Test func `keeps only the last bytes of a long one, and counts the rest`() {
        var output = CommandOutput()
        for _ in 0..<100 { append(&output, [UInt8](repeating: UInt8(ascii: "x"), count: 1000)) }
        append(&output, Array("end".utf8))
        #expect(output.byteCount == 100_003)
        #expect(output.tail.count == CommandOutput.capacity)
        #expect(output.tail.suffix(3) == Array("end".utf8)[...])
        #expect(output.summary.hasPrefix("…"))
    }

    @Test func `takes a chunk larger than what it keeps`() {
        var output = CommandOutput()
        append(&output, [UInt8](repeating: 0x61, count: CommandOutput.capacity * 3))
        #expect(output.tail.count == CommandOutput.capacity)
    }

    @Test func `makes terminal escapes, controls and broken text printable`() {
        var output = CommandOutput()
        append(&output, [0x1B] + Array("[31mred\u{7}\r\n \t\n".utf8) + [0xFF, 0xC3])
        #expect(output.lines == ["\\u{1b}[31mred\\u{7}", "\u{FFFD}\u{FFFD}"])
    }
}
