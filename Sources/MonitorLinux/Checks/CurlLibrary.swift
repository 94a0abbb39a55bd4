internal import CCurl

/// The functions of libcurl, which is loaded at the first check that asks over HTTP.
///
/// With it come a TLS library and a dozen others; who has no such check needs none of them.
enum CurlLibrary {
    // Written once, before anything reads it.
    private nonisolated(unsafe) static let loaded = {
        var functions = monitor_curl()
        var failure = monitor_curl_load(&functions).map { String(cString: $0) }
        // All that it knows how to initialize; before any other of its functions.
        if failure == nil, functions.curl_global_init(3) != 0 { failure = "it can't be initialized" }
        return (functions: functions, failure: failure)
    }()

    /// Why it isn't there, with the remedy; nil when it is.
    static var denial: String? {
        loaded.failure.map {
            "libcurl can't be loaded: install libcurl4 (Debian) or libcurl (Red Hat), then start this program again (\($0))"
        }
    }

    /// To be called only where there is no ``denial``.
    static var functions: monitor_curl { loaded.functions }
}
