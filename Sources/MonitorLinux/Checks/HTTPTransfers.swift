internal import CCurl
internal import Glibc
internal import MonitorIO
internal import Synchronization

/// What is asked of a server, ready for libcurl.
struct HTTPRequest: Sendable {
    var url: String
    var unixSocket: String?
    /// `host:port:address,address`: libcurl looks no host up itself, which could hold up all transfers.
    var resolved: String?
    var headers: [String] = []
    var certificateAuthorities: String?
    /// How much of the body is read; what follows is not waited for.
    var bodyLimit: Int
    var keepsBody = false
    var limit: Duration
}

/// What came of it.
struct HTTPAnswer: Sendable {
    /// libcurl's result: 0 where the whole answer came, or as much of it as was wanted.
    var code: Int32
    /// The status code; 0 when none came.
    var status = 0
    /// The bytes of the body that came.
    var bodyCount = 0
    /// These, where they are kept.
    var body: [UInt8] = []
    /// The value of `Location`, where there was one.
    var location: String?
    /// libcurl's words, where it failed.
    var failure = ""
    /// The `errno` with which a connection failed, or 0.
    var systemCode: Int32 = 0
    var headersTooLong = false
}

/// All HTTP transfers of the program, on one thread of their own, started with the first.
///
/// libcurl's multi interface waits for all of them at once: a server that is silent delays no other check, and a thousand
/// checks need one thread.
final class HTTPTransfers: Sendable {
    /// Nil where the system grants no descriptors or no thread for it. To be used only where ``CurlLibrary`` is loaded.
    static let shared = HTTPTransfers()

    private struct State {
        var lastID: UInt64 = 0
        var replies: [UInt64: CheckedContinuation<HTTPAnswer?, Never>] = [:]
        var requests: [(id: UInt64, request: HTTPRequest)] = []
        var cancelled: [UInt64] = []
    }

    private let state = Mutex(State())
    /// A socket pair that wakes the thread when there is something for it to do.
    private let wakePair: (read: CInt, write: CInt)

    private init?() {
        var ends: [CInt] = [-1, -1]
        let kind = SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue
        guard socketpair(AF_UNIX, CInt(kind), 0, &ends) == 0 else { return nil }
        wakePair = (ends[0], ends[1])
        var thread = pthread_t()
        guard pthread_create(&thread, nil, Self.body, nil) == 0 else {
            for end in ends { close(end) }
            return nil
        }
        pthread_detach(thread)
    }

    /// Makes a transfer.
    ///
    /// - Returns: nil when the task was cancelled, which ends the transfer.
    func perform(_ request: HTTPRequest) async -> HTTPAnswer? {
        let id = state.withLock { state in
            state.lastID += 1
            return state.lastID
        }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isCancelled = state.withLock { state in
                    if Task.isCancelled { return true }
                    state.replies[id] = continuation
                    state.requests.append((id, request))
                    return false
                }
                if isCancelled { continuation.resume(returning: nil) } else { wake() }
            }
        } onCancel: {
            let reply = state.withLock { state in
                state.requests.removeAll { $0.id == id }
                state.cancelled.append(id)
                return state.replies.removeValue(forKey: id)
            }
            reply?.resume(returning: nil)
            wake()
        }
    }

    private func wake() {
        var signal: UInt8 = 0
        // Full, it has been rung often enough.
        write(wakePair.write, &signal, 1)
    }

    private static let body: @convention(c) (UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? = { _ in
        // Signals are for other threads.
        var all = sigset_t()
        sigfillset(&all)
        pthread_sigmask(SIG_SETMASK, &all, nil)
        shared?.run()
        return nil
    }

    private func run() {
        let curl = CurlLibrary.functions
        let multi = curl.curl_multi_init()
        var transfers: [UInt64: HTTPTransfer] = [:]
        while true {
            let (requests, cancelled) = state.withLock { state in
                defer { (state.requests, state.cancelled) = ([], []) }
                return (state.requests, state.cancelled)
            }
            for id in cancelled { transfers[id] = nil }
            for (id, request) in requests where !cancelled.contains(id) {
                if let multi, let transfer = HTTPTransfer(request, of: curl, on: multi) {
                    transfers[id] = transfer
                } else {
                    reply(id, HTTPAnswer(code: Int32(MONITOR_CURLE_OUT_OF_MEMORY)))
                }
            }
            var running: CInt = 0
            _ = curl.curl_multi_perform(multi, &running)
            var left: CInt = 0
            while let message = curl.curl_multi_info_read(multi, &left)?.pointee {
                guard message.msg == CInt(MONITOR_CURLMSG_DONE),
                    let (id, transfer) = transfers.first(where: { $0.value.easy == message.easy_handle })
                else { continue }
                transfers[id] = nil
                reply(id, transfer.answer(code: message.data.result))
            }
            // libcurl's own times come before this one.
            var wakeUp = curl_waitfd(fd: wakePair.read, events: Int16(POLLIN), revents: 0)
            if curl.curl_multi_wait(multi, &wakeUp, 1, 60_000, nil) != 0 { usleep(10_000) }
            var signal: UInt8 = 0
            while read(wakePair.read, &signal, 1) > 0 {}
        }
    }

    private func reply(_ id: UInt64, _ answer: HTTPAnswer) {
        state.withLock { $0.replies.removeValue(forKey: id) }?.resume(returning: answer)
    }
}

/// One transfer; used by its thread alone. When it goes, libcurl closes the connection.
private final class HTTPTransfer {
    let easy: UnsafeMutableRawPointer
    private let curl: monitor_curl
    private let multi: UnsafeMutableRawPointer
    private let bodyLimit: Int
    private let keepsBody: Bool
    private var lists: [UnsafeMutablePointer<curl_slist>] = []
    private let failure = UnsafeMutablePointer<CChar>.allocate(capacity: Int(MONITOR_CURL_ERROR_SIZE))
    private var bodyCount = 0
    private var body: [UInt8] = []
    private var isEnough = false
    private var headerBytes = 0
    private var location: String?

    /// A server may send headers without end.
    private static let longestHeaders = 256 << 10

    init?(_ request: HTTPRequest, of curl: monitor_curl, on multi: UnsafeMutableRawPointer) {
        guard let easy = curl.curl_easy_init() else { return nil }
        (self.curl, self.easy, self.multi) = (curl, easy, multi)
        (bodyLimit, keepsBody) = (request.bodyLimit, request.keepsBody)
        failure.initialize(repeating: 0, count: Int(MONITOR_CURL_ERROR_SIZE))
        guard set(request), curl.curl_multi_add_handle(multi, easy) == 0 else { return nil }
    }

    deinit {
        _ = curl.curl_multi_remove_handle(multi, easy)
        curl.curl_easy_cleanup(easy)
        for list in lists { curl.curl_slist_free_all(list) }
        failure.deallocate()
    }

    private func set(_ request: HTTPRequest) -> Bool {
        let milliseconds = CLong(max(1, request.limit.wholeMilliseconds))
        let context = Unmanaged.passUnretained(self).toOpaque()
        var isSet =
            set(MONITOR_CURLOPT_URL, request.url) && set(MONITOR_CURLOPT_NOSIGNAL, 1)
            && set(MONITOR_CURLOPT_TIMEOUT_MS, milliseconds) && set(MONITOR_CURLOPT_CONNECTTIMEOUT_MS, milliseconds)
            && set(MONITOR_CURLOPT_PROTOCOLS, CLong(MONITOR_CURLPROTO_HTTP | MONITOR_CURLPROTO_HTTPS))
            && set(MONITOR_CURLOPT_FOLLOWLOCATION, 0)
            // Not those of the environment either.
            && set(MONITOR_CURLOPT_PROXY, "") && set(MONITOR_CURLOPT_NOPROXY, "*")
            && set(MONITOR_CURLOPT_SSL_VERIFYPEER, 1) && set(MONITOR_CURLOPT_SSL_VERIFYHOST, 2)
            // Each check proves that connections are accepted.
            && set(MONITOR_CURLOPT_FRESH_CONNECT, 1) && set(MONITOR_CURLOPT_FORBID_REUSE, 1)
            && set(MONITOR_CURLOPT_USERAGENT, "monitord")
            && setPointer(MONITOR_CURLOPT_ERRORBUFFER, failure)
            && setPointer(MONITOR_CURLOPT_WRITEDATA, context) && setPointer(MONITOR_CURLOPT_HEADERDATA, context)
            && setCallback(MONITOR_CURLOPT_WRITEFUNCTION, Self.takeBody)
            && setCallback(MONITOR_CURLOPT_HEADERFUNCTION, Self.takeHeader)
        // Old versions take anything for an answer of HTTP 0.9; older ones don't know how to be told not to.
        _ = set(MONITOR_CURLOPT_HTTP09_ALLOWED, 0)
        if let file = request.certificateAuthorities {
            isSet = isSet && set(MONITOR_CURLOPT_CAINFO, file)
            // A library that knows no directory of certificates trusts none either.
            _ = set(MONITOR_CURLOPT_CAPATH, nil)
        }
        if let path = request.unixSocket {
            isSet =
                isSet
                && (path.hasPrefix("@")
                    ? set(MONITOR_CURLOPT_ABSTRACT_UNIX_SOCKET, String(path.dropFirst()))
                    : set(MONITOR_CURLOPT_UNIX_SOCKET_PATH, path))
        }
        if let resolved = request.resolved { isSet = isSet && setList(MONITOR_CURLOPT_RESOLVE, [resolved]) }
        if !request.headers.isEmpty { isSet = isSet && setList(MONITOR_CURLOPT_HTTPHEADER, request.headers) }
        return isSet
    }

    private func set(_ option: Int, _ value: CLong) -> Bool {
        monitor_curl_set_long(curl, easy, CInt(option), value) == 0
    }

    /// libcurl copies it.
    private func set(_ option: Int, _ value: String?) -> Bool {
        monitor_curl_set_text(curl, easy, CInt(option), value) == 0
    }

    private func setPointer(_ option: Int, _ value: UnsafeMutableRawPointer) -> Bool {
        monitor_curl_set_pointer(curl, easy, CInt(option), value) == 0
    }

    private func setCallback(_ option: Int, _ value: monitor_curl_callback?) -> Bool {
        monitor_curl_set_callback(curl, easy, CInt(option), value) == 0
    }

    private func setList(_ option: Int, _ lines: [String]) -> Bool {
        var list: UnsafeMutablePointer<curl_slist>?
        for line in lines {
            guard let longer = curl.curl_slist_append(list, line) else {
                curl.curl_slist_free_all(list)
                return false
            }
            list = longer
        }
        guard let list else { return true }
        lists.append(list)
        return setPointer(option, list)
    }

    func answer(code: Int32) -> HTTPAnswer {
        // It was this that ended the transfer, with what it wanted.
        let isDone = code == Int32(MONITOR_CURLE_WRITE_ERROR) && isEnough
        var answer = HTTPAnswer(code: isDone ? 0 : code)
        answer.status = Int(monitor_curl_get_long(curl, easy, CInt(MONITOR_CURLINFO_RESPONSE_CODE)))
        answer.systemCode = Int32(monitor_curl_get_long(curl, easy, CInt(MONITOR_CURLINFO_OS_ERRNO)))
        answer.bodyCount = bodyCount
        answer.body = body
        answer.location = location
        answer.headersTooLong = headerBytes > Self.longestHeaders
        let text = String(cString: failure)
        answer.failure = text.isEmpty ? curl.curl_easy_strerror(code).map { String(cString: $0) } ?? "" : text
        return answer
    }

    private static func transfer(_ context: UnsafeMutableRawPointer?) -> HTTPTransfer {
        Unmanaged.fromOpaque(context!).takeUnretainedValue()
    }

    private static let takeBody: monitor_curl_callback = { bytes, size, count, context in
        let transfer = transfer(context)
        let length = size * count
        let kept = min(length, transfer.bodyLimit - transfer.bodyCount)
        transfer.bodyCount += kept
        if transfer.keepsBody { transfer.body += UnsafeRawBufferPointer(start: bytes, count: kept) }
        guard length > 0, transfer.bodyCount == transfer.bodyLimit else { return length }
        transfer.isEnough = true
        // Another number than `length` ends the transfer.
        return 0
    }

    private static let takeHeader: monitor_curl_callback = { bytes, size, count, context in
        let transfer = transfer(context)
        let length = size * count
        transfer.headerBytes += length
        guard transfer.headerBytes <= longestHeaders else { return 0 }
        let line = UnsafeRawBufferPointer(start: bytes, count: length)
        let name = Array("location:".utf8)
        if length > name.count, zip(line, name).allSatisfy({ $0 | 0x20 == $1 | 0x20 }) {
            transfer.location = String(decoding: line.dropFirst(name.count), as: UTF8.self)
                .split(whereSeparator: \.isWhitespace).first.map(String.init)
        }
        return length
    }
}
