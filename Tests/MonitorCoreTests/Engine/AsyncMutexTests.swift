import Synchronization
import Testing

@testable import MonitorCore

@Suite(.timeLimit(.minutes(1))) final class AsyncMutexTests: Sendable {
    private let mutex = AsyncMutex()
    private let order = Mutex<[Int]>([])
    /// How many tasks are between lock and unlock.
    private let inside = Mutex(0)

    /// Starts a task that takes the mutex, once it waits for it.
    private func waiter(_ number: Int) async -> Task<Void, Never> {
        let waiting = mutex.waiterCount
        let task = Task {
            await mutex.lock()
            order.withLock { $0.append(number) }
            mutex.unlock()
        }
        while mutex.waiterCount == waiting { await Task.yield() }
        return task
    }

    @Test func `it goes to the tasks in the order in which they asked`() async {
        await mutex.lock()
        var tasks: [Task<Void, Never>] = []
        for number in 0..<10 { tasks.append(await waiter(number)) }
        #expect(order.withLock(\.self).isEmpty)
        mutex.unlock()
        for task in tasks { await task.value }
        #expect(order.withLock(\.self) == Array(0..<10))
    }

    @Test func `a task that is cancelled takes its turn all the same`() async {
        await mutex.lock()
        let (first, second) = (await waiter(1), await waiter(2))
        first.cancel()
        #expect(mutex.waiterCount == 2)
        mutex.unlock()
        await first.value
        await second.value
        #expect(order.withLock(\.self) == [1, 2])
        // Free again.
        await mutex.lock()
    }

    @Test func `one task at a time is between lock and unlock`() async {
        await withTaskGroup(of: Int.self) { group in
            for _ in 0..<100 {
                group.addTask {
                    await self.mutex.lock()
                    self.inside.withLock { $0 += 1 }
                    await Task.yield()
                    let count = self.inside.withLock(\.self)
                    self.inside.withLock { $0 -= 1 }
                    self.mutex.unlock()
                    return count
                }
            }
            for await count in group { #expect(count == 1) }
        }
    }
}
