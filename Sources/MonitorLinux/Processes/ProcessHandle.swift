internal import Glibc
internal import MonitorCore
internal import MonitorIO

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
