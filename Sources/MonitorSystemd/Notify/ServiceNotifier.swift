internal import MonitorCore
internal import MonitorIO
internal import Synchronization

/// Tells systemd how the daemon is. Where it was not started by systemd, it does nothing.
///
/// A report is one datagram, and is lost rather than waited for: a service manager that doesn't read must not stop the
/// daemon.
///
/// - SeeAlso: `sd_notify(3)`
package final class ServiceNotifier: Sendable {
    /// How often ``keepAlive()`` is due: half of what systemd allows; nil where there is no watchdog.
    package let watchdogInterval: Duration?

    /// Not libsystemd's `sd_notify(3)`, which reads the environment at every call: it has been taken out of there.
    private let socket: LocalAddress?
    private let lastStatus = Mutex<String?>(nil)

    package init(_ environment: ServiceEnvironment) {
        socket = environment.notifySocket.flatMap { LocalAddress(path: $0) }
        watchdogInterval = socket == nil ? nil : environment.watchdogLimit.map { $0 / 2 }
    }

    /// The daemon does its work: after its start, and after every reload, also after one that changed nothing.
    package func ready() { send(["READY=1"]) }

    /// What it is at, for `systemctl status`; sent when it is another text than the last.
    ///
    /// - Parameter text: one line.
    package func status(_ text: String) {
        let line = text.replacing("\n", with: " ")
        let isNew = lastStatus.withLock { last in
            guard last != line else { return false }
            last = line
            return true
        }
        if isNew { send(["STATUS=\(line)"]) }
    }

    /// It reads its configuration again; ``ready()`` must follow.
    package func reloading() {
        // Both in one datagram: systemd tells by the time which READY belongs to this.
        let microseconds = SystemClock.monotonicMicroseconds()
        send(["RELOADING=1", "MONOTONIC_USEC=\(microseconds)"])
    }

    /// It is about to end; nothing takes that back.
    package func stopping() { send(["STOPPING=1"]) }

    /// It gets on with its work; to be sent only when that is known.
    package func keepAlive() { send(["WATCHDOG=1"]) }

    private func send(_ assignments: [String]) {
        _ = socket?.send(Array(assignments.joined(separator: "\n").utf8))
    }
}
