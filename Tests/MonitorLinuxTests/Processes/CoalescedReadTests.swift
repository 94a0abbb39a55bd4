import Dispatch
import Synchronization
import Testing

@testable import MonitorCore
@testable import MonitorLinux

@Suite struct CoalescedReadTests {
    /// Counts readings, each of which lasts until a test ends it.
    private final class Source: Sendable {
        private let begun = Atomic(0)
        private let mayEnd = DispatchSemaphore(value: 0)

        var readings: Int { begun.load(ordering: .sequentiallyConsistent) }

        func read() -> Int {
            let number = begun.add(1, ordering: .sequentiallyConsistent).newValue
            mayEnd.wait()
            return number
        }

        func end() { mayEnd.signal() }
    }

    @Test func `a caller during a read gets the next one, together with all others`() async {
        let source = Source()
        let shared = CoalescedRead { source.read() }
        async let first = shared.value()
        while source.readings < 1 { await Task.yield() }
        let others = await withTaskGroup(of: Int.self) { group in
            for _ in 0..<200 { group.addTask { await shared.value() } }
            while shared.callers < 200 { await Task.yield() }
            source.end()
            source.end()
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(await first == 1)
        #expect(others == Array(repeating: 2, count: 200))
        #expect(source.readings == 2)
    }

    @Test func `a read that is over answers no later caller`() async {
        let source = Source()
        let shared = CoalescedRead { source.read() }
        for number in 1...3 {
            source.end()
            #expect(await shared.value() == number)
        }
    }
}
