internal import Glibc
internal import MonitorCore
internal import MonitorIO

/// Whether a TCP connection is accepted; the host's addresses are tried one after another, until one accepts.
struct TCPCheck: Check {
    private let target: TCPTarget
    private let names: HostLookUp

    /// - Parameter lookUp: as for ``HostLookUp``.
    init(_ target: TCPTarget, lookUp: @escaping HostLookUp.LookUp = HostLookUp.system) {
        self.target = target
        names = HostLookUp(host: target.host, port: target.port, lookUp: lookUp)
    }

    func run(limit: Duration) async -> CheckResult {
        let begin = ContinuousClock.now
        let addresses: [NetworkAddress]
        switch await names.addresses(atMost: limit) {
        case .found(let found): addresses = found
        case .none(let result): return result
        }
        // All of them refuse alike, mostly: the last one's answer is said.
        var result = CheckResult.unknown("host \(target.host) has no address")
        for (index, address) in addresses.enumerated() {
            // One that is silent leaves their share of the time to those behind it.
            let rest = limit - begin.duration(to: .now)
            let share = rest / (addresses.count - index)
            let attempt = await Connection.attempt(family: address.family, limit: share) { address.connect($0) }
            result = attempt.result(
                of: "tcp \(address.text)", limit: addresses.count == 1 ? limit : share,
                took: begin.duration(to: .now))
            if case .failed = result { continue }
            return result
        }
        return result
    }
}

/// Whether a connection to a Unix stream socket is accepted.
struct UnixSocketCheck: Check {
    let path: String

    func run(limit: Duration) async -> CheckResult {
        let subject = "unix \(path.escapedForDisplay(limit: 80))"
        guard !path.utf8.contains(0), let address = LocalAddress(path: path) else {
            return .unknown("\(subject) is no path of a socket: it begins with / or @, and has at most 107 bytes")
        }
        let begin = ContinuousClock.now
        let attempt = await Connection.attempt(family: AF_UNIX, limit: limit) { address.connect($0) }
        return attempt.result(of: subject, limit: limit, took: begin.duration(to: .now))
    }
}

/// A connection that is made, and closed again.
enum Connection {
    enum Attempt {
        case accepted
        case refused(SystemError)
        case silent
        case cancelled
    }

    /// Connects a stream socket without blocking.
    static func attempt(
        family: CInt, limit: Duration, connect: @Sendable (CInt) -> Bool
    ) async -> Attempt {
        let begin = ContinuousClock.now
        let kind = SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue
        do throws(SystemError) {
            let socket = try OwnedDescriptor(socket(family, CInt(kind), 0), from: "socket")
            var pause = Duration.milliseconds(2)
            while !connect(socket.rawValue) {
                let failure = SystemError("connect")
                switch failure.code {
                case EINPROGRESS, EINTR: return try await outcome(of: socket.rawValue, limit: limit)
                case EAGAIN:
                    // The queue of a Unix socket is full, and there is no event for room in it.
                    guard begin.duration(to: .now) < limit else { return .silent }
                    guard (try? await Task.sleep(for: pause)) != nil else { return .cancelled }
                    pause = min(pause * 2, .milliseconds(50))
                default: throw failure
                }
            }
            return .accepted
        } catch {
            return .refused(error)
        }
    }

    private static func outcome(of descriptor: CInt, limit: Duration) async throws(SystemError) -> Attempt {
        switch await ContinuousClock().wait(atMost: limit, for: { await waitUntilWritable(descriptor) }) {
        case .timeOver: return .silent
        case .cancelled: return .cancelled
        case .finished: break
        }
        var code: CInt = 0
        var length = socklen_t(MemoryLayout<CInt>.size)
        guard getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &code, &length) == 0 else {
            throw SystemError("getsockopt")
        }
        guard code == 0 else { throw SystemError("connect", code: code) }
        return .accepted
    }
}

extension Connection.Attempt {
    fileprivate func result(of subject: String, limit: Duration, took: Duration) -> CheckResult {
        switch self {
        case .accepted: .passed("accepted in \(took.spoken): \(subject)")
        case .silent: .failed(noAnswer(within: limit, from: subject))
        case .cancelled: .unknown("was cancelled")
        // This host's own limits and rights, of which the process knows nothing.
        case .refused(let error) where error.isOurs: .unknown("\(error.reason): \(subject)")
        case .refused(let error): .failed("\(error.reason): \(subject)")
        }
    }
}

extension SystemError {
    /// Whether it tells of this program's limits and rights, and not of the peer.
    var isOurs: Bool { [EMFILE, ENFILE, ENOMEM, ENOBUFS, EACCES, EPERM, EADDRNOTAVAIL, EAFNOSUPPORT].contains(code) }
}

// MARK: - Names

/// The addresses of a host, looked up anew at each run.
struct HostLookUp: Sendable {
    enum Answer {
        case found([NetworkAddress])
        case none(CheckResult)
    }

    private let host: String
    /// Nil where the host is an address: no name server is asked for it.
    private let call: LimitedCall<Result<[NetworkAddress], HostError>>?
    private let known: [NetworkAddress]

    /// Asks for the addresses of a host and port; it may block.
    typealias LookUp = @Sendable (String, UInt16) throws(HostError) -> [NetworkAddress]

    static let system: LookUp = { host, port throws(HostError) in try NetworkAddress.lookUp(host, port: port) }

    init(host: String, port: UInt16, lookUp: @escaping LookUp = system) {
        self.host = host.escapedForDisplay(limit: 80)
        known = (try? NetworkAddress.lookUp(host, port: port, numericOnly: true)) ?? []
        call =
            known.isEmpty
            ? LimitedCall {
                await BlockingWork.run {
                    Result { () throws(HostError) in try lookUp(host, port) }
                }
            } : nil
    }

    /// What can't be looked up tells nothing of the process: a silent name server would have every one restarted.
    func addresses(atMost limit: Duration) async -> Answer {
        guard let call else { return .found(known) }
        switch await call.value(atMost: limit) {
        case .finished(.success(let found)) where found.isEmpty: return .none(.unknown("host \(host) has no address"))
        case .finished(.success(let found)): return .found(found)
        case .finished(.failure(let error)): return .none(.unknown("\(error.reason): host \(host)"))
        case .timeOver: return .none(.unknown("no name server told the address of \(host) within \(limit.spoken)"))
        case .cancelled: return .none(.unknown("was cancelled"))
        }
    }
}
