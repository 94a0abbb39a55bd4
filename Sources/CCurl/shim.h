#include <dlfcn.h>
#include <stddef.h>
#include <stdint.h>

// What is called of libcurl, as its curl.h and multi.h declare it. The library promises that neither these functions nor
// these numbers ever change under its name libcurl.so.4, so that its headers need not be where this is built.

typedef void CURL;
typedef void CURLM;

struct curl_slist {
    char *data;
    struct curl_slist *next;
};

struct curl_waitfd {
    int fd;
    short events, revents;
};

struct CURLMsg {
    int msg;
    CURL *easy_handle;
    union {
        void *whatever;
        int result;
    } data;
};

enum { MONITOR_CURLMSG_DONE = 1, MONITOR_CURL_ERROR_SIZE = 256 };

// CURLcode
enum {
    MONITOR_CURLE_OK = 0, MONITOR_CURLE_FAILED_INIT = 2, MONITOR_CURLE_URL_MALFORMAT = 3,
    MONITOR_CURLE_NOT_BUILT_IN = 4, MONITOR_CURLE_COULDNT_RESOLVE_HOST = 6, MONITOR_CURLE_COULDNT_CONNECT = 7,
    MONITOR_CURLE_WEIRD_SERVER_REPLY = 8, MONITOR_CURLE_WRITE_ERROR = 23, MONITOR_CURLE_OUT_OF_MEMORY = 27,
    MONITOR_CURLE_OPERATION_TIMEDOUT = 28, MONITOR_CURLE_SSL_CONNECT_ERROR = 35, MONITOR_CURLE_GOT_NOTHING = 52,
    MONITOR_CURLE_SEND_ERROR = 55, MONITOR_CURLE_RECV_ERROR = 56, MONITOR_CURLE_PEER_FAILED_VERIFICATION = 60,
    MONITOR_CURLE_SSL_CACERT_BADFILE = 77,
};

// CURLoption: numbers from 10,000 take a pointer, from 20,000 a function, the others a long.
enum {
    MONITOR_CURLOPT_WRITEDATA = 10001, MONITOR_CURLOPT_URL = 10002, MONITOR_CURLOPT_PROXY = 10004,
    MONITOR_CURLOPT_ERRORBUFFER = 10010, MONITOR_CURLOPT_WRITEFUNCTION = 20011, MONITOR_CURLOPT_USERAGENT = 10018,
    MONITOR_CURLOPT_HTTPHEADER = 10023, MONITOR_CURLOPT_HEADERDATA = 10029, MONITOR_CURLOPT_FOLLOWLOCATION = 52,
    MONITOR_CURLOPT_SSL_VERIFYPEER = 64, MONITOR_CURLOPT_CAINFO = 10065, MONITOR_CURLOPT_FRESH_CONNECT = 74,
    MONITOR_CURLOPT_FORBID_REUSE = 75, MONITOR_CURLOPT_HEADERFUNCTION = 20079, MONITOR_CURLOPT_SSL_VERIFYHOST = 81,
    MONITOR_CURLOPT_CAPATH = 10097, MONITOR_CURLOPT_NOSIGNAL = 99, MONITOR_CURLOPT_TIMEOUT_MS = 155,
    MONITOR_CURLOPT_CONNECTTIMEOUT_MS = 156, MONITOR_CURLOPT_NOPROXY = 10177, MONITOR_CURLOPT_PROTOCOLS = 181,
    MONITOR_CURLOPT_RESOLVE = 10203, MONITOR_CURLOPT_UNIX_SOCKET_PATH = 10231,
    MONITOR_CURLOPT_ABSTRACT_UNIX_SOCKET = 10264, MONITOR_CURLOPT_HTTP09_ALLOWED = 285,
};

enum { MONITOR_CURLPROTO_HTTP = 1, MONITOR_CURLPROTO_HTTPS = 2 };

// CURLINFO
enum { MONITOR_CURLINFO_RESPONSE_CODE = 0x200002, MONITOR_CURLINFO_OS_ERRNO = 0x200019 };

#define MONITOR_CURL_FUNCTIONS(F) \
    F(int, curl_global_init, (long)) F(CURL *, curl_easy_init, (void)) F(void, curl_easy_cleanup, (CURL *)) \
    F(int, curl_easy_setopt, (CURL *, int, ...)) F(int, curl_easy_getinfo, (CURL *, int, ...)) \
    F(const char *, curl_easy_strerror, (int)) F(struct curl_slist *, curl_slist_append, (struct curl_slist *, const char *)) \
    F(void, curl_slist_free_all, (struct curl_slist *)) F(CURLM *, curl_multi_init, (void)) \
    F(int, curl_multi_add_handle, (CURLM *, CURL *)) F(int, curl_multi_remove_handle, (CURLM *, CURL *)) \
    F(int, curl_multi_perform, (CURLM *, int *)) \
    F(int, curl_multi_wait, (CURLM *, struct curl_waitfd *, unsigned int, int, int *)) \
    F(struct CURLMsg *, curl_multi_info_read, (CURLM *, int *))

struct monitor_curl {
#define MONITOR_DECLARE(result, name, parameters) result (*name) parameters;
    MONITOR_CURL_FUNCTIONS(MONITOR_DECLARE)
#undef MONITOR_DECLARE
};

// Loads libcurl and finds its functions. Returns NULL, or why that can't be done.
static inline const char *monitor_curl_load(struct monitor_curl *curl) {
    // Debian has the second too, built with another TLS library; it has the same functions.
    void *library = dlopen("libcurl.so.4", RTLD_NOW | RTLD_LOCAL);
    if (!library) library = dlopen("libcurl-gnutls.so.4", RTLD_NOW | RTLD_LOCAL);
    if (!library) return dlerror();
#define MONITOR_FIND(result, name, parameters) if (!(curl->name = (result (*) parameters)dlsym(library, #name))) return dlerror();
    MONITOR_CURL_FUNCTIONS(MONITOR_FIND)
#undef MONITOR_FIND
    return NULL;
}

typedef size_t (*monitor_curl_callback)(char *bytes, size_t size, size_t count, void *context);

// Variadic functions, which Swift can't call.

static inline int monitor_curl_set_long(struct monitor_curl curl, CURL *easy, int option, long value) {
    return curl.curl_easy_setopt(easy, option, value);
}

static inline int monitor_curl_set_text(struct monitor_curl curl, CURL *easy, int option, const char *value) {
    return curl.curl_easy_setopt(easy, option, value);
}

static inline int monitor_curl_set_pointer(struct monitor_curl curl, CURL *easy, int option, void *value) {
    return curl.curl_easy_setopt(easy, option, value);
}

static inline int monitor_curl_set_callback(struct monitor_curl curl, CURL *easy, int option, monitor_curl_callback value) {
    return curl.curl_easy_setopt(easy, option, value);
}

static inline long monitor_curl_get_long(struct monitor_curl curl, CURL *easy, int info) {
    long value = 0;
    return curl.curl_easy_getinfo(easy, info, &value) == 0 ? value : 0;
}
