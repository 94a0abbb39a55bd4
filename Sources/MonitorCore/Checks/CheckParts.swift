/// What a ``CheckRunner`` needs of the outside.
package struct CheckParts: Sendable {
    /// Makes the check that a section describes.
    package var make: @Sendable (_ spec: CheckSpec, _ process: MonitoredProcess) -> any Check
    /// A notice each time the answer may have changed, for kinds that are told by events; nil where there is none.
    package var watch: @Sendable (_ spec: CheckSpec, _ process: MonitoredProcess) -> AsyncStream<Void>?
    /// How long the process has been running; nil where it doesn't, or that isn't known.
    package var age: @Sendable (_ process: MonitoredProcess) async -> Duration? = { _ in nil }
    /// A notice each time what a recovery has started may have ended; nil where nothing tells.
    package var watchStarted: @Sendable (_ started: Started) -> AsyncStream<Void>? = { _ in nil }
    /// Why what a recovery has started no longer runs; nil while the process does, or was stopped on purpose.
    package var loss: @Sendable (_ process: MonitoredProcess, _ started: Started) async -> String? = { _, _ in nil }

    package init(
        make: @escaping @Sendable (_ spec: CheckSpec, _ process: MonitoredProcess) -> any Check,
        watch: @escaping @Sendable (_ spec: CheckSpec, _ process: MonitoredProcess) -> AsyncStream<Void>? = { _, _ in
            nil
        }
    ) {
        self.make = make
        self.watch = watch
    }
}
