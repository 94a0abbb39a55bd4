import MonitorConfig
internal import MonitorCore

/// How the tool ends; the numbers are a contract (monitorctl(8)), those from 64 on are those of `sysexits.h`.
enum ExitStatus: Int32, Error {
    case done = 0
    case failed = 1
    /// `status`: something that it showed is in alarm.
    case inAlarm = 3
    case usage = 64
    case storeUnreachable = 69
    case timedOut = 75
    case configuration = 78
}

/// Why a command could not do what was asked: a sentence for standard error, and the exit status.
struct Failure: Error, CustomStringConvertible {
    var status: ExitStatus
    var description: String

    init(_ status: ExitStatus, _ description: String) {
        self.status = status
        self.description = description
    }

    init(_ error: StoreError) {
        switch error.code {
        case .unreachable, .timedOut, .busy: status = .storeUnreachable
        case .denied, .schema, .unwritable, .duplicate, .rejected: status = .failed
        }
        description = error.description
    }

    init(_ error: ConfigurationError) {
        status = .configuration
        description =
            error.problems.count == 1
            ? error.description : "cannot use the configuration:\n\(error)"
    }
}
