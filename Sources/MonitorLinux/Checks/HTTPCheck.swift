internal import CCurl
internal import Glibc
internal import MonitorCore
internal import MonitorIO

/// Whether a server answers a GET as it should, over HTTP or HTTPS.
///
/// Redirects are an answer, and not followed. What is read of an answer is bounded; a body of which more is to come by then
/// has been answered well enough, one that comes too slowly has not.
struct HTTPCheck: Check {
    private let target: HTTPTarget
    private let request: HTTPRequest
    private let address: HTTPAddress
    /// Nil for a Unix socket.
    private let names: HostLookUp?

    static let searchedBytes = 256 << 10

    init(_ target: HTTPTarget) throws(InvalidHTTPTarget) {
        self.target = target
        address = try HTTPAddress(parsing: target.url)
        for path in [target.unixSocket, target.certificateAuthorities].compactMap(\.self) where path.utf8.contains(0) {
            throw InvalidHTTPTarget(reason: "a path has a NUL in it")
        }
        request = HTTPRequest(
            url: target.url, unixSocket: target.unixSocket, headers: try target.headerLines(),
            certificateAuthorities: target.certificateAuthorities, bodyLimit: Self.searchedBytes,
            keepsBody: target.contains != nil, limit: .zero)
        names = target.unixSocket == nil ? HostLookUp(host: address.host, port: address.port) : nil
    }

    func run(limit: Duration) async -> CheckResult {
        // Loading it reads a dozen files.
        if let denial = await BlockingWork.run({ CurlLibrary.denial }) { return .unknown(denial) }
        guard let transfers = HTTPTransfers.shared else { return .unknown("the system grants no thread for HTTP") }
        let begin = ContinuousClock.now
        var request = request
        if let names {
            switch await names.addresses(atMost: limit) {
            case .none(let result): return result
            case .found(let addresses):
                let list = addresses.map { $0.family == AF_INET6 ? "[\($0.host)]" : $0.host }.joined(separator: ",")
                let host = address.host.contains(":") ? "[\(address.host)]" : address.host
                // An address needs none.
                if addresses.map(\.host) != [address.host] { request.resolved = "\(host):\(address.port):\(list)" }
            }
        }
        request.limit = limit - begin.duration(to: .now)
        guard request.limit > .zero else { return .failed(noAnswer(within: limit, from: address.shown)) }
        let prepared = request
        // libcurl keeps the limit itself, and says what came by then; the other is for what it may wait for unasked.
        switch await ContinuousClock().wait(
            atMost: request.limit + .milliseconds(500), for: { await transfers.perform(prepared) })
        {
        case .finished(let answer?): return verdict(on: answer, limit: limit, took: begin.duration(to: .now))
        case .timeOver: return .failed(noAnswer(within: limit, from: address.shown))
        case .finished(nil), .cancelled: return .unknown("was cancelled")
        }
    }

    private func verdict(on answer: HTTPAnswer, limit: Duration, took: Duration) -> CheckResult {
        let subject = address.shown
        if answer.headersTooLong { return .failed("headers without end: \(subject)") }
        switch answer.code {
        case Int32(MONITOR_CURLE_OK): break
        case Int32(MONITOR_CURLE_OPERATION_TIMEDOUT) where answer.status > 0:
            let part = "only status \(answer.status) and \(Int64(answer.bodyCount).spokenBytes) of the body"
            return .failed("\(part) within \(limit.spoken) from \(subject)")
        case Int32(MONITOR_CURLE_OPERATION_TIMEDOUT): return .failed(noAnswer(within: limit, from: subject))
        default: return failure(answer, subject)
        }
        let shown = "status \(answer.status)"
        guard target.expect.contains(where: { $0.contains(answer.status) }) else {
            let wanted = target.expect.map(\.spoken).joined(separator: ", ")
            let place = answer.location.map { " (to \($0.withoutSecrets.escapedForDisplay(limit: 60)))" } ?? ""
            return .failed("\(shown)\(place), not \(wanted): \(subject)")
        }
        if let text = target.contains, !answer.body.holds(text) {
            return .failed(
                "'\(text.escapedForDisplay(limit: 40))' isn't in the first 256 KiB of the body (\(shown)): \(subject)")
        }
        return .passed("\(answer.status) in \(took.spoken): \(subject)")
    }

    private func failure(_ answer: HTTPAnswer, _ subject: String) -> CheckResult {
        let words = answer.failure.escapedForDisplay(limit: 120)
        switch answer.code {
        case Int32(MONITOR_CURLE_COULDNT_CONNECT) where answer.systemCode != 0:
            let error = SystemError("connect", code: answer.systemCode)
            return error.isOurs ? .unknown("\(error.reason): \(subject)") : .failed("\(error.reason): \(subject)")
        case Int32(MONITOR_CURLE_COULDNT_CONNECT): return .failed("can't connect: \(subject) (\(words))")
        case Int32(MONITOR_CURLE_PEER_FAILED_VERIFICATION):
            return .failed("certificate not accepted: \(words.withoutPrefixes): \(subject)")
        case Int32(MONITOR_CURLE_SSL_CONNECT_ERROR): return .failed("no TLS: \(words): \(subject)")
        case Int32(MONITOR_CURLE_GOT_NOTHING): return .failed("closed without an answer: \(subject)")
        case Int32(MONITOR_CURLE_SEND_ERROR), Int32(MONITOR_CURLE_RECV_ERROR):
            return .failed("connection lost: \(subject) (\(words))")
        // This program's own: memory, what the library can't do, a file of certificates that isn't there.
        case Int32(MONITOR_CURLE_FAILED_INIT), Int32(MONITOR_CURLE_URL_MALFORMAT), Int32(MONITOR_CURLE_NOT_BUILT_IN),
            Int32(MONITOR_CURLE_COULDNT_RESOLVE_HOST), Int32(MONITOR_CURLE_OUT_OF_MEMORY):
            return .unknown("\(words): \(subject)")
        case Int32(MONITOR_CURLE_SSL_CACERT_BADFILE):
            let file = target.certificateAuthorities ?? "the system's"
            return .unknown("can't read certificates: \(file.escapedForDisplay(limit: 80))")
        // Bytes that are no HTTP/1 too, which it takes for another protocol.
        default: return .failed("no proper answer: \(words): \(subject)")
        }
    }
}

extension ClosedRange<Int> {
    fileprivate var spoken: String { lowerBound == upperBound ? "\(lowerBound)" : "\(lowerBound)-\(upperBound)" }
}

extension String {
    /// libcurl's words of a certificate, without what says that they are about one.
    fileprivate var withoutPrefixes: String {
        for prefix in ["SSL certificate problem: ", "SSL: "] where hasPrefix(prefix) {
            return String(dropFirst(prefix.count))
        }
        return self
    }

    /// A URL without its query, which may be a secret.
    fileprivate var withoutSecrets: String { String(prefix { $0 != "?" && $0 != "#" }) }
}
