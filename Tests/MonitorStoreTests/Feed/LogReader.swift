import MonitorCore
import MonitorIO
import TestSupport

@testable import MonitorStore

/// Reads the binary log of a scene's server from now on, and counts what calls for a look.
actor LogReader {
    private nonisolated let executor = QueueExecutor(label: "test.log")
    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    private let scene: SQLScene
    private let stream: BinlogStream
    private var decoder: BinlogDecoder
    private var marks = 0
    /// All events so far, for tests of the decoder by itself.
    private(set) var events: [[UInt8]] = []

    init(_ scene: SQLScene) async throws {
        self.scene = scene
        stream = try BinlogStream(scene.settings, password: DatabasePassword(nil))
        decoder = try stream.start(
            as: BinlogWatch.anyReaderID, heartbeat: .seconds(1), waits: true)
    }

    /// How many events until now called for a look.
    ///
    /// A statement marks the place: what the scene did before is committed by now, and so before it in the log.
    func looks() throws -> Int {
        marks += 1
        let mark = "mark_\(marks)_end"
        try scene.sql("CREATE TABLE \(mark) (a INT)")
        var looks = 0
        let end = ContinuousClock.now + .seconds(30)
        while let event = try stream.next() {
            events.append(Array(event))
            if decoder.take(event) { looks += 1 }
            if String(decoding: event, as: UTF8.self).contains(mark) { break }
            guard ContinuousClock.now < end else { throw TestFailure("the mark is not in the log") }
        }
        return looks
    }
}
