import TestSupport
import Testing

@testable import MonitorCore

@Suite struct EventFeedTests {
    private let feed = EventFeed()

    private func event(_ detail: String) -> Event { Event(.held, at: Timestamp(milliseconds: 0), detail: detail) }

    private func read(_ stream: AsyncStream<Event>) async -> [String] {
        await stream.reduce(into: []) { $0.append($1.detail) }
    }

    @Test func `each reader has all events from when it began, in order`() async {
        feed.publish(event("before"))
        let first = feed.subscribe(limit: 10)
        feed.publish(event("a"))
        let second = feed.subscribe(limit: 10)
        feed.publish(event("b"))
        feed.finish()
        #expect(await read(first) == ["a", "b"])
        #expect(await read(second) == ["b"])
    }

    @Test func `of a reader that falls behind, the oldest events are dropped, and of no other`() async {
        let (slow, quick) = (feed.subscribe(limit: 2), feed.subscribe(limit: 10))
        for number in 1...5 { feed.publish(event("\(number)")) }
        feed.finish()
        #expect(await read(slow) == ["4", "5"])
        #expect(await read(quick) == ["1", "2", "3", "4", "5"])
    }

    @Test func `a reader that is gone is forgotten`() {
        do {
            let stream = feed.subscribe(limit: 1)
            #expect(feed.isRead)
            withExtendedLifetime(stream) {}
        }
        #expect(!feed.isRead)
    }

    @Test(.timeLimit(.minutes(1))) func `a stream ends with the feed, and one that begins later is at its end`() async {
        var feed: EventFeed? = EventFeed()
        let stream = feed?.subscribe(limit: 1)
        feed = nil
        #expect(await read(stream!).isEmpty)
        self.feed.finish()
        #expect(await read(self.feed.subscribe(limit: 1)).isEmpty)
    }
}

extension EngineTests {
    @Test(.timeLimit(.minutes(1))) func `the events of an engine are those of its store, until it ends`() async throws {
        let store = await store(inAlarm: "a", "b")
        try strategy.answer("b", .failed("no"))
        let engine = engine(store) { $0.maxRestartFailures = 1 }
        let events = engine.events
        let running = Task { await engine.run() }
        var seen: [Event] = []
        var outcomes = 0
        for await event in events {
            seen.append(event)
            if Event.Kind.outcomes.contains(event.kind) { outcomes += 1 }
            if event.kind == .breakerOpened { await engine.stop() }
        }
        await running.value
        #expect(outcomes == 2)
        #expect(seen.first?.kind == .daemonStarted && seen.last?.kind == .daemonStopped)
        #expect(seen.allSatisfy { $0.host == "here" })
        for index in seen.indices { seen[index].host = nil }
        #expect(await store.events(EventQuery(limit: 100)) == seen.reversed())
    }
}
