/// A `[check.NAME]` section, parsed: what is asked about a process, how often, and what becomes of the answer.
package struct CheckSpec: Sendable, Equatable {
    /// Unique in a configuration; of the same characters as the name of a process.
    package var name: ProcessName
    /// The process that the check is about.
    package var process: ProcessName
    package var kind: CheckKind
    /// The time from one run to the next. What events tell is only verified, while it passes once a minute at most.
    package var period: Duration = .seconds(10)
    /// The limit of one run.
    package var timeout: Duration = .seconds(3)
    /// Failures in a row after which the check has failed: 3, but 1 for what events tell, which is certain.
    package var threshold: Int
    /// How long after the daemon's start, or after the process was started, a failure counts for nothing.
    package var grace: Duration = .seconds(30)
    /// Whether a failed check raises the alarm; otherwise it is only told.
    package var raises = true

    /// How long after the process was started a failure counts for nothing: no file is newer than what writes it.
    package var graceAfterStart: Duration {
        guard case .file(let target) = kind, let maxAge = target.maxAge else { return grace }
        return max(grace, maxAge)
    }

    package init(name: ProcessName, process: ProcessName, kind: CheckKind) {
        self.name = name
        self.process = process
        self.kind = kind
        threshold = kind.isToldByEvents ? 1 : 3
    }
}

/// What a check asks, with its target.
package enum CheckKind: Sendable, Equatable {
    /// The unit is active, or about to be; told by the service manager's signals.
    case unit(UnitName)
    /// The process runs, as the finder finds it; told by the kernel when it ends.
    case process
    /// A TCP connection is accepted at `host:port`.
    case tcp(TCPTarget)
    /// A connection to a Unix stream socket is accepted.
    case unix(path: String)
    case http(HTTPTarget)
    case file(FileTarget)
    case resource(ResourceTarget)
    /// Exit code 0 passes, anything else fails; 126 and 127, with which a shell says that it can't run it, are unknown.
    case command(CommandTemplate)
    /// A plugin of Nagios': 0 and 1 pass (1 with its warning told), 2 fails, 3 is unknown.
    case nagios(CommandTemplate)

    /// The word in the configuration.
    package var word: String {
        switch self {
        case .unit: "unit"
        case .process: "process"
        case .tcp: "tcp"
        case .unix: "unix"
        case .http: "http"
        case .file: "file"
        case .resource: "resource"
        case .command: "command"
        case .nagios: "nagios"
        }
    }

    /// The system tells by itself when the answer may have changed.
    package var isToldByEvents: Bool {
        switch self {
        case .unit, .process: true
        case .tcp, .unix, .http, .file, .resource, .command, .nagios: false
        }
    }

    /// Starts a program: only so many of these run at once.
    package var isCommand: Bool {
        switch self {
        case .command, .nagios: true
        case .unit, .process, .tcp, .unix, .http, .file, .resource: false
        }
    }

    /// Says something of a process that has just been started. What a process uses, and how old its file is, shows later.
    package var tellsAtOnce: Bool {
        switch self {
        case .resource: false
        case .file(let target): target.maxAge == nil
        case .unit, .process, .tcp, .unix, .http, .command, .nagios: true
        }
    }
}

/// Where a TCP check connects to.
package struct TCPTarget: Sendable, Equatable {
    /// A name, an IPv4 address, or an IPv6 address without brackets.
    package var host: String
    package var port: UInt16

    package init(host: String, port: UInt16) {
        self.host = host
        self.port = port
    }
}

/// What an HTTP check asks for, and what must come back. Redirects are not followed: they are an answer.
package struct HTTPTarget: Sendable, Equatable {
    /// `http://…` or `https://…`; certificates are always verified.
    package var url: String
    /// A Unix socket to connect to in place of the URL's host; nil for the network.
    package var unixSocket: String?
    /// The status codes that pass.
    package var expect: [ClosedRange<Int>] = [200...299]
    /// A text that the first 256 KiB of the body must hold; nil = any.
    package var contains: String?
    /// Header lines to send: `Host: example.org`.
    package var headers: [String] = []
    /// A file of certificates to trust in place of the system's; nil = the system's.
    package var certificateAuthorities: String?

    package init(url: String) { self.url = url }
}

/// A file that must be there, and how it must be.
package struct FileTarget: Sendable, Equatable {
    package var path: String
    /// How long ago it may have been changed at most; nil = any time.
    package var maxAge: Duration?
    /// Bytes it must have at least and at most; nil = any size.
    package var minSize: Int64?
    package var maxSize: Int64?
    /// A text that its last 256 KiB must hold; nil = any.
    package var contains: String?

    package init(path: String) { self.path = path }
}

/// What a process, with all of its children, may use; nil = any amount. A limit counts when it is exceeded for
/// ``duration``.
package struct ResourceTarget: Sendable, Equatable {
    /// Bytes of resident memory; pages that processes share are counted once for each.
    package var rss: Int64?
    /// Bytes of memory, each page's share: needs root for processes of other users.
    package var pss: Int64?
    /// Share of one core: 1.5 = one and a half cores.
    package var cpu: Double?
    /// Open descriptors of the one process that has most.
    package var descriptors: Int?
    /// Processes, the first one included.
    package var processes: Int?
    /// How long a limit must be exceeded.
    package var duration: Duration = .zero

    package init() {}
}
