internal import CSystemd
package import MonitorCore
internal import MonitorIO

/// The check `unit`: whether a unit runs, or is about to.
///
/// A unit that is being stopped by a job says nothing yet: what becomes of it tells.
package struct UnitCheck: Check {
    private let unit: UnitName
    private let manager: SystemdServiceManager

    package init(unit: UnitName, manager: SystemdServiceManager) {
        self.unit = unit
        self.manager = manager
    }

    package func run(limit: Duration) async -> CheckResult {
        switch await ContinuousClock().wait(atMost: limit, for: { [manager, unit] in await manager.check(unit) }) {
        case .finished(let result): result
        case .timeOver: .unknown("systemd did not tell within \(limit.written) how unit \(unit) is")
        case .cancelled: .unknown("cut off")
        }
    }
}

extension SystemdServiceManager {
    /// A notice each time a unit may have changed; also when changes may have been missed.
    ///
    /// Nothing is asked meanwhile: systemd sends a signal. The connection that they come over stays as long as any such
    /// stream is waited for.
    package nonisolated func changes(of unit: UnitName) -> AsyncStream<Void> {
        AsyncStream(bufferingPolicy: .bufferingNewest(1)) { continuation in
            let watch = UnitWatchers.Watch(continuation)
            // A stream begins and ends outside of any task of its own.
            let start = Task { await self.begin(watch, of: unit) }
            continuation.onTermination = { _ in
                Task {
                    await start.value
                    await self.end(watch)
                }
            }
        }
    }

    /// How long ago a unit that runs, or is about to, began to start; nil for any other.
    package func age(of unit: UnitName) async -> Duration? {
        beginUse()
        defer { endUse() }
        guard let listing = try? await listing(of: unit), ["active", "activating"].contains(listing.activeState),
            let start = try? await connection().get(.startTime, of: listing.path).reply(), start > 0
        else { return nil }
        let now = SystemClock.monotonicMicroseconds()
        return .microseconds(now > start ? Int64(now - start) : 0)
    }

    private func begin(_ watch: UnitWatchers.Watch, of unit: UnitName) async {
        beginUse()
        // Before it is asked for: what changes from now on is noticed. An alias's signals are its unit's.
        watchers.add(watch, at: try? ManagerConnection.path(of: unit.rawValue))
        watchers.add(watch, at: try? await listing(of: unit).path)
        watch.notice()
    }

    private func end(_ watch: UnitWatchers.Watch) {
        watchers.remove(watch)
        endUse()
    }

    /// How a unit is, as a check tells it.
    func check(_ unit: UnitName) async -> CheckResult {
        beginUse()
        defer { endUse() }
        do throws(BusError) {
            let listing = try await listing(of: unit)
            let state = "\(listing.activeState) (\(listing.subState))"
            switch (listing.loadState, listing.activeState, listing.job?.type) {
            case ("not-found", "inactive", _): return .failed("there is no unit \(unit)")
            case (_, "active", _), (_, "reloading", _), (_, "refreshing", _), (_, "activating", _):
                return .passed("unit \(unit) is \(state)")
            case (_, _, "start"), (_, _, "restart"), (_, _, "try-restart"), (_, _, "reload-or-start"):
                return .passed("unit \(unit) is about to be started")
            case (_, "deactivating", _), (_, _, "stop"):
                return .unknown("unit \(unit) is \(state)")
            case (_, "inactive", _):
                // A backup that a timer starts is not down between two runs.
                let end = try await connection().end(of: listing.path)
                if let detail = end.detail, detail.type == "oneshot", detail.result == "success" {
                    return .passed("unit \(unit) does one job, and is not at it")
                }
                return .failed("unit \(unit) is inactive: it was stopped, or has ended by itself")
            default:
                let end = try await connection().end(of: listing.path)
                return .failed("unit \(unit) is \(state): \(end.failure(job: nil))")
            }
        } catch {
            if error.meansNoSuchUnit { return .failed("there is no unit \(unit)") }
            return .unknown("whether unit \(unit) runs is not known: \(error)")
        }
    }
}

/// The units of which changes are waited for.
///
/// For the bus's queue alone.
final class UnitWatchers {
    /// One that waits; it may do so at several paths.
    final class Watch: Sendable, Hashable {
        private let continuation: AsyncStream<Void>.Continuation

        init(_ continuation: AsyncStream<Void>.Continuation) { self.continuation = continuation }

        func notice() { continuation.yield() }

        static func == (left: Watch, right: Watch) -> Bool { left === right }
        func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(self)) }
    }

    /// By object path.
    private var watches: [String: Set<Watch>] = [:]

    func add(_ watch: Watch, at path: String?) {
        if let path { watches[path, default: []].insert(watch) }
    }

    func remove(_ watch: Watch) {
        for path in watches.keys { watches[path]?.remove(watch) }
        watches = watches.filter { !$0.value.isEmpty }
    }

    func notice(_ path: String) {
        guard let watches = watches[path] else { return }
        for watch in watches { watch.notice() }
    }

    func noticeAll() {
        for watch in Set(watches.values.joined()) { watch.notice() }
    }
}
