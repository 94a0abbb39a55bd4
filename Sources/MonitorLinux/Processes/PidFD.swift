internal import Glibc
internal import MonitorCore
internal import MonitorIO

/// A hold on one process that no other process can slip into, however pids are given out again (`pidfd_open(2)`).
struct PidFD: ~Copyable, Sendable {
    let identity: ProcessIdentity
    private let descriptor: OwnedDescriptor

    /// Takes hold of a process that was seen.
    ///
    /// The start time is compared after the descriptor was opened: should the pid have been given to another process
    /// since, that one started later than the one that was seen.
    ///
    /// - Throws: `ESRCH` when the process is gone, whichever process has its pid now.
    init(_ identity: ProcessIdentity) throws(SystemError) {
        let descriptor = try OwnedDescriptor(PidFDCall.open(identity.pid), from: "pidfd_open")
        guard ProcFile(pid: identity.pid).stat()?.identity == identity else {
            throw SystemError("pidfd_open", code: ESRCH)
        }
        self.identity = identity
        self.descriptor = descriptor
    }

    /// Sends a signal; to a process that has ended, nothing.
    func send(_ signal: CInt) throws(SystemError) {
        guard PidFDCall.sendSignal(descriptor.rawValue, signal) != 0 else { return }
        guard errno == ESRCH else { throw SystemError("pidfd_send_signal") }
    }

    /// Whether the process has ended, reaped by its parent or not.
    var hasEnded: Bool { isReadable(descriptor.rawValue) }

    /// Waits for the end of the process, or of the task.
    func waitForEnd() async {
        await waitUntilReadable(descriptor.rawValue)
    }
}

/// The two calls. glibc has functions for them since 2.36 only, and hosts in use have older ones.
private enum PidFDCall {
    private typealias SystemCall = @convention(c) (CLong, CLong, CLong, CLong, CLong) -> CLong

    /// Looked up by name, because Swift can't call the variadic C function `syscall(2)`; as all its arguments are of
    /// one register each, the call is the same.
    private static let systemCall = unsafeBitCast(dlsym(nil, "syscall"), to: SystemCall.self)

    // The same numbers on every architecture that Swift runs on.
    private static let pidfdSendSignal: CLong = 424
    private static let pidfdOpen: CLong = 434

    static func open(_ pid: pid_t) -> CInt {
        CInt(systemCall(pidfdOpen, CLong(pid), 0, 0, 0))
    }

    static func sendSignal(_ descriptor: CInt, _ signal: CInt) -> CInt {
        CInt(systemCall(pidfdSendSignal, CLong(descriptor), CLong(signal), 0, 0))
    }
}

/// A ``PidFD`` that can be kept in a collection.
final class ProcessHandle: Sendable {
    private let descriptor: PidFD

    var identity: ProcessIdentity { descriptor.identity }
    var hasEnded: Bool { descriptor.hasEnded }

    private init(_ identity: ProcessIdentity) throws(SystemError) {
        descriptor = try PidFD(identity)
    }

    /// Takes hold of those of a set that are still there.
    static func handles(of set: ProcessSet) throws(SystemError) -> [ProcessHandle] {
        var handles: [ProcessHandle] = []
        for entry in set.members {
            do throws(SystemError) {
                handles.append(try ProcessHandle(entry.identity))
            } catch  where error.code == ESRCH {
                continue
            }
        }
        return handles
    }

    func send(_ signal: CInt) throws(SystemError) { try descriptor.send(signal) }

    func waitForEnd() async { await descriptor.waitForEnd() }
}
