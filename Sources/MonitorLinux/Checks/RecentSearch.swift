internal import Synchronization

/// One pass over `/proc` for all checks of one moment.
final class RecentSearch: Sendable {
    private let last = Mutex<ProcessSearch?>(nil)

    /// How long a pass serves the checks that come after it. It is kept no longer: it is as large as the host is busy.
    private static let moment = Duration.seconds(1)

    /// What ran a moment ago, at most.
    func recent() async -> ProcessSearch {
        if let search = last.withLock({ $0 }), search.moment.duration(to: .now) < Self.moment { return search }
        return await fresh()
    }

    /// What runs now; the checks that ask during a pass wait for the next one together.
    func fresh() async -> ProcessSearch {
        let search = await ProcessSearch.current()
        last.withLock { $0 = search }
        // Unstructured: no caller waits for it.
        Task { [weak self] in
            try? await Task.sleep(for: Self.moment)
            self?.forget(search.moment)
        }
        return search
    }

    private func forget(_ moment: ContinuousClock.Instant) {
        last.withLock { if $0?.moment == moment { $0 = nil } }
    }
}
