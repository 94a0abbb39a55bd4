import MonitorIO

/// The socket on which monitord waits for somebody to say "look now". No packet on it carries data.
enum WakeSocket {
    /// Sends an empty datagram, where a daemon of this host listens.
    ///
    /// - Returns: whether one took it. That none does is no error: the daemon looks by itself before long, and may
    ///   well run on another host.
    @discardableResult
    static func knock(at path: String) -> Bool {
        LocalAddress(path: path)?.send([]) ?? false
    }
}
