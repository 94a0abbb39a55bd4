internal import Glibc
internal import MonitorIO

/// The socket on which a packet asks monitord to poll now. No packet on it carries data.
struct WakeSocket {
    /// What is found at the path of a socket.
    enum State: Equatable {
        /// A daemon listens.
        case listening
        case missing
        /// It is there, and no daemon listens.
        case abandoned
        /// This user may not write to it.
        case denied
        /// Any other answer of the system, in its words.
        case unusable(String)
    }

    var path: String

    /// Asks a daemon of this host to poll now, where one listens: by an empty datagram.
    ///
    /// - Returns: whether one took it. That none does is no error: the daemon polls by itself before long, and may
    ///   well run on another host.
    @discardableResult
    func notify() -> Bool { LocalAddress(path: path)?.send([]) ?? false }

    /// What there is, found out without waking a daemon.
    var state: State {
        guard let address = LocalAddress(path: path) else {
            return .unusable("the path is longer than \(LocalAddress.longestPath) bytes")
        }
        do {
            try address.probe()
            return .listening
        } catch {
            switch error.code {
            case ENOENT, ENOTDIR: return .missing
            case ECONNREFUSED: return .abandoned
            case EACCES, EPERM: return .denied
            default: return .unusable(error.reason)
            }
        }
    }
}
