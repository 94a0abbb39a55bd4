internal import CLinux
internal import Glibc
internal import MonitorCore
internal import MonitorIO

/// Whether a file is there, as old and as large as it should be, and holds a text.
///
/// It is opened for reading only to look for the text, and only where it is a regular file: to open a device can do
/// something. A file system that doesn't answer holds one thread, and the limit is kept.
struct FileCheck: Check {
    private let subject: String
    private let call: LimitedCall<CheckResult>

    init(_ target: FileTarget) {
        let subject = "file \(target.path.escapedForDisplay(limit: 100))"
        self.subject = subject
        call = LimitedCall { await BlockingWork.run { Self.examine(target, subject) } }
    }

    func run(limit: Duration) async -> CheckResult { await call.result(atMost: limit, from: subject) }

    /// How much of its end is searched.
    static let searchedBytes = 256 << 10

    private static func examine(_ target: FileTarget, _ subject: String) -> CheckResult {
        guard !target.path.isEmpty, !target.path.utf8.contains(0) else { return .unknown("no path: \(subject)") }
        do throws(SystemError) {
            let place = try OwnedDescriptor(opening: target.path, pathOnly)
            let status = try place.status()
            guard status.st_mode & S_IFMT == S_IFREG else {
                return .failed("\(kind(of: status.st_mode)), no regular file: \(subject)")
            }
            if let reason = denial(of: status, target, now: .now()) { return .failed("\(reason): \(subject)") }
            if let text = target.contains, try !holds(text, place, size: Int64(status.st_size)) {
                return .failed("'\(text.escapedForDisplay(limit: 40))' isn't in its last 256 KiB: \(subject)")
            }
            return .passed("\(Int64(status.st_size).spokenBytes): \(subject)")
        } catch {
            // A file that isn't ours to see may well be there.
            return error.isOurs ? .unknown("\(error.reason): \(subject)") : .failed("\(error.reason): \(subject)")
        }
    }

    /// `O_PATH`, which Swift doesn't see: finds the file without opening it.
    private static let pathOnly: CInt = 0o10000000

    private static func denial(of status: stat, _ target: FileTarget, now: timespec) -> String? {
        let size = Int64(status.st_size)
        if let least = target.minSize, size < least { return "\(size.spokenBytes), less than \(least.spokenBytes)" }
        if let most = target.maxSize, size > most { return "\(size.spokenBytes), more than \(most.spokenBytes)" }
        // A file of the future, as after a leap of the clock, was changed just now.
        let age =
            Duration.seconds(now.tv_sec - status.st_mtim.tv_sec)
            + .nanoseconds(now.tv_nsec - status.st_mtim.tv_nsec)
        if let most = target.maxAge, age > most { return "not changed for \(age.spoken), more than \(most.spoken)" }
        return nil
    }

    private static func holds(_ text: String, _ place: borrowing OwnedDescriptor, size: Int64) throws(SystemError)
        -> Bool
    {
        // By way of the descriptor: what the path leads to may have changed since.
        let file = try OwnedDescriptor(opening: "/proc/self/fd/\(place.rawValue)", O_RDONLY | O_NONBLOCK | O_NOCTTY)
        guard lseek(file.rawValue, max(0, Int(size) - searchedBytes), SEEK_SET) >= 0 else { throw SystemError("lseek") }
        return try file.read(limit: searchedBytes).holds(text)
    }

    private static func kind(of mode: mode_t) -> String {
        switch mode & S_IFMT {
        case S_IFDIR: "a directory"
        case S_IFIFO: "a FIFO"
        case S_IFSOCK: "a socket"
        default: "a device"
        }
    }
}

extension [UInt8] {
    /// Whether a text's bytes are somewhere in these.
    func holds(_ text: String) -> Bool {
        let text = Array(text.utf8)
        return text.isEmpty || monitor_holds(self, count, text, text.count) != 0
    }
}

extension timespec {
    fileprivate static func now() -> timespec {
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        return now
    }
}

extension Int64 {
    /// A number of bytes as it stands in a sentence: `312 bytes`, `1.5 MiB`.
    var spokenBytes: String {
        guard self >= 1024 else { return self == 1 ? "1 byte" : "\(self) bytes" }
        var size = Double(self)
        var unit = -1
        while size >= 1024, unit < Self.units.count - 1 {
            size /= 1024
            unit += 1
        }
        let tenths = (size * 10).rounded() / 10
        return tenths == tenths.rounded() ? "\(Int64(tenths)) \(Self.units[unit])" : "\(tenths) \(Self.units[unit])"
    }

    private static let units = ["KiB", "MiB", "GiB", "TiB", "PiB"]
}
