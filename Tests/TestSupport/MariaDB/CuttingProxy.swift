internal import Glibc
internal import Synchronization

/// A proxy before a database server that cuts the connection at a word of the client's.
///
/// It shows what a network does that fails in the worst moment: the server has done what it was told, or it has not,
/// and the client hears nothing.
package final class CuttingProxy: Sendable {
    package enum Cut: Sendable, CaseIterable {
        /// The server never hears the word.
        case beforeServer
        /// The server does what it says, and the client never hears of it.
        case beforeClient
    }

    package let port: UInt16
    private let listener: LoopbackSocket
    private let rule = Mutex<(word: [UInt8], cut: Cut)?>(nil)

    /// Listens on a port of the loopback, for as long as the proxy is held.
    package init(to serverPort: UInt16) throws {
        listener = try LoopbackSocket()
        port = try listener.listen(on: "127.0.0.1", port: 0)
        let listener = listener
        OwnThread.run { [weak self] in
            while case let client = accept(listener.descriptor, nil, nil), client >= 0 {
                guard let server = try? LoopbackSocket(connectedTo: serverPort) else { break }
                self?.pass(from: LoopbackSocket(client), to: server)
            }
        }
    }

    deinit { shutdown(listener.descriptor, Int32(SHUT_RDWR)) }

    /// Cuts the next connection on which the client says this word, once.
    package func cut(at word: String, _ cut: Cut) { rule.withLock { $0 = (Array(word.utf8), cut) } }

    /// Passes on what either side says, until one of them, or the rule, ends it.
    private func pass(from client: LoopbackSocket, to server: LoopbackSocket) {
        let answersAreLost = SharedFlag()
        OwnThread.run { [weak self] in
            Self.copy(from: client, to: server) { bytes in
                guard let cut = self?.takeRule(for: bytes) else { return true }
                if cut == .beforeClient { answersAreLost.set() }
                return cut == .beforeClient
            }
        }
        OwnThread.run {
            Self.copy(from: server, to: client) { _ in !answersAreLost.isSet }
        }
    }

    private func takeRule(for bytes: ArraySlice<UInt8>) -> Cut? {
        rule.withLock { rule in
            guard let (word, cut) = rule, bytes.contains(word) else { return nil }
            rule = nil
            return cut
        }
    }

    /// Copies bytes while the rule allows it, and then ends both sides.
    private static func copy(
        from source: LoopbackSocket, to sink: LoopbackSocket, while goesOn: (ArraySlice<UInt8>) -> Bool
    ) {
        var buffer = [UInt8](repeating: 0, count: 65536)
        while case let count = read(source.descriptor, &buffer, buffer.count), count > 0, goesOn(buffer[..<count]) {
            guard send(sink.descriptor, buffer, count, Int32(MSG_NOSIGNAL)) == count else { break }
        }
        shutdown(source.descriptor, Int32(SHUT_RDWR))
        shutdown(sink.descriptor, Int32(SHUT_RDWR))
    }
}

private final class SharedFlag: Sendable {
    private let value = Atomic(false)
    var isSet: Bool { value.load(ordering: .sequentiallyConsistent) }
    func set() { value.store(true, ordering: .sequentiallyConsistent) }
}
