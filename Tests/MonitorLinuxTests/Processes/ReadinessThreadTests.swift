import Glibc
import MonitorIO
import TestSupport
import Testing

@testable import MonitorCore

@Suite(.timeLimit(.minutes(1))) struct ReadinessThreadTests {
    /// Both ends of a pipe, closed with the test.
    private final class Pipe: Sendable {
        let reader: CInt
        let writer: CInt

        init() throws {
            var ends: [CInt] = [-1, -1]
            guard pipe(&ends) == 0 else { throw TestFailure("cannot make a pipe") }
            (reader, writer) = (ends[0], ends[1])
        }

        deinit {
            close(reader)
            close(writer)
        }

        func fill() {
            var byte: UInt8 = 1
            write(writer, &byte, 1)
        }
    }

    @Test func `what is readable already is not waited for`() async throws {
        let pipe = try Pipe()
        pipe.fill()
        await waitUntilReadable(pipe.reader)
    }

    @Test func `several wait for one descriptor, and one of them gives up`() async throws {
        let pipe = try Pipe()
        let impatient = Task { await waitUntilReadable(pipe.reader) }
        let others = (0..<3).map { _ in Task { await waitUntilReadable(pipe.reader) } }
        impatient.cancel()
        await impatient.value
        #expect(!isReadable(pipe.reader))
        pipe.fill()
        for other in others { await other.value }
    }

    @Test func `who was cancelled before does not wait`() async throws {
        let pipe = try Pipe()
        let task = Task {
            while !Task.isCancelled { await Task.yield() }
            await waitUntilReadable(pipe.reader)
        }
        task.cancel()
        await task.value
    }

    /// Numbers of descriptors are used again at once, some waits are cut off: nobody hangs, nobody is told of another's.
    @Test func `thousands come and go on all threads`() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for lane in 0..<16 {
                group.addTask {
                    for round in 0..<250 {
                        let pipe = try Pipe()
                        let waiting = Task { await waitUntilReadable(pipe.reader) }
                        if (lane + round) % 3 == 0 {
                            waiting.cancel()
                        } else {
                            await Task.yield()
                            pipe.fill()
                        }
                        await waiting.value
                        #expect(waiting.isCancelled || isReadable(pipe.reader))
                    }
                }
            }
            try await group.waitForAll()
        }
    }
}
