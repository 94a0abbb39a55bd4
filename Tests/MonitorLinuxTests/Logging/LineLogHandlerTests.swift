import Glibc
import Logging
import Synchronization
import Testing

@testable import MonitorCore
@testable import MonitorLinux

/// Keeps what it is given.
private final class RecordingSink: LogSink {
    private let kept = Mutex<[LogRecord]>([])

    var records: [LogRecord] { kept.withLock { $0 } }

    func write(_ record: LogRecord) { kept.withLock { $0.append(record) } }
}

@Suite struct LineLogHandlerTests {
    private struct Trouble: Error, CustomStringConvertible {
        var description: String { "it broke" }
    }

    private let sink = RecordingSink()
    private let threshold = LogThreshold(.info)

    private func logger(provider: Logger.MetadataProvider? = nil) -> Logger {
        Logger(label: "test") { _ in
            LineLogHandler(sink: sink, threshold: threshold, metadataProvider: provider)
        }
    }

    @Test func `a change of the threshold holds for every logger at once`() {
        let (first, second) = (logger(), logger())
        first.debug("one")
        threshold.level = .debug
        first.debug("two")
        second.debug("three")
        threshold.level = .error
        second.warning("four")

        #expect(sink.records.map(\.message) == ["two", "three"])
    }

    @Test func `a logger with a level of its own keeps it, and no other logger gets it`() {
        let shared = logger()
        var own = shared
        own.logLevel = .debug
        own.debug("own")
        shared.debug("shared")

        #expect(sink.records.map(\.message) == ["own"])
    }

    @Test func `what is given with a line goes before the provider's, and that before the logger's`() {
        var logger = logger(provider: Logger.MetadataProvider { ["a": "provider", "b": "provider"] })
        logger[metadataKey: "a"] = "logger"
        logger[metadataKey: "b"] = "logger"
        logger[metadataKey: "c"] = "logger"
        logger.info("m", metadata: ["a": "line"])

        let fields = sink.records.first?.fields.map { "\($0.key)=\($0.value)" }
        #expect(fields == ["a=line", "b=provider", "c=logger"])
    }

    @Test func `an error is a field`() {
        logger().error("m", error: Trouble())
        #expect(sink.records.first?.fields.map { "\($0.key)=\($0.value)" } == ["error.reason=it broke"])
    }
}

@Suite struct StandardErrorLogTests {
    @Test(
        arguments: [
            (true, [:], true), (false, [:], false), (true, ["NO_COLOR": "1"], false), (true, ["NO_COLOR": ""], true),
            (true, ["TERM": "dumb"], false), (true, ["TERM": "xterm"], true),
        ] as [(Bool, [String: String], Bool)])
    func `colour is for terminals whose user does not forbid it`(
        isTerminal: Bool, environment: [String: String], isWanted: Bool
    ) {
        #expect(StandardErrorLog.wantsColour(isTerminal: isTerminal, environment: environment) == isWanted)
    }

    @Test func `a line is one write`() {
        // A datagram socket keeps the writes apart.
        var ends: [Int32] = [0, 0]
        #expect(socketpair(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0, &ends) == 0)
        defer { for end in ends { close(end) } }
        let log = StandardErrorLog(format: TextLogFormat(), descriptor: ends[0])
        let time = Timestamp(milliseconds: 0)
        log.write(LogRecord(time: time, level: .info, message: "one", metadata: ["k": "v"]))

        var buffer = [UInt8](repeating: 0, count: 1000)
        let count = recv(ends[1], &buffer, buffer.count, Int32(MSG_DONTWAIT))
        #expect(String(decoding: buffer.prefix(count), as: UTF8.self) == "\(time.localText) INFO    one [k=v]\n")
    }

    @Test func `a line that nobody takes is dropped`() {
        StandardErrorLog(format: TextLogFormat(), descriptor: -1)
            .write(LogRecord(time: Timestamp(milliseconds: 0), level: .info, message: "one", metadata: [:]))
    }
}
