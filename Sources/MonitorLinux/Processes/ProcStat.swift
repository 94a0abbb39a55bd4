internal import Glibc
internal import MonitorCore

/// What `/proc/PID/stat` tells of a process (`proc_pid_stat(5)`), as far as it is needed.
struct ProcStat: Sendable, Equatable {
    var identity: ProcessIdentity
    /// The name that the kernel shows, at most 15 bytes for a user's process; any byte but NUL may be in it.
    var comm: [UInt8]
    /// A letter: `R`, `S`, `D`, `Z`…
    var state: UInt8
    var parent: pid_t
    var session: pid_t
    var isKernelThread: Bool

    /// Neither ended nor waiting to be reaped.
    var isAlive: Bool { state != UInt8(ascii: "Z") && state != UInt8(ascii: "X") }

    /// Parses the file's one line; nil for anything else.
    ///
    /// The name stands in parentheses and may hold parentheses, blanks and newlines itself, so what counts is the last
    /// closing one: nothing behind it is a text.
    init?(parsing bytes: [UInt8]) {
        guard let opening = bytes.firstIndex(of: UInt8(ascii: "(")),
            let closing = bytes.lastIndex(of: UInt8(ascii: ")")), opening < closing,
            let pid = pid_t(decimal: bytes[..<opening].dropLast())
        else { return nil }
        // Counted from the state, which the manual numbers 3.
        let fields = bytes[(closing + 1)...].split { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\n") }
        guard fields.count > 19, fields[0].count == 1, let state = fields[0].first,
            let parent = pid_t(decimal: fields[1]), let session = pid_t(decimal: fields[3]),
            let flags = UInt32(decimal: fields[6]), let startTime = UInt64(decimal: fields[19])
        else { return nil }
        identity = ProcessIdentity(pid: pid, startTime: startTime)
        comm = Array(bytes[(opening + 1)..<closing])
        self.state = state
        self.parent = parent
        self.session = session
        isKernelThread = flags & Self.kernelThreadFlag != 0
    }

    /// `PF_KTHREAD` of the kernel's `sched.h`.
    private static let kernelThreadFlag: UInt32 = 0x0020_0000
}

extension FixedWidthInteger {
    /// Parses decimal digits and nothing else.
    init?(decimal bytes: some Collection<UInt8>) {
        guard !bytes.isEmpty else { return nil }
        var value: Self = 0
        for byte in bytes {
            guard case UInt8(ascii: "0")...UInt8(ascii: "9") = byte else { return nil }
            let (tenfold, overflow) = value.multipliedReportingOverflow(by: 10)
            let (sum, overflowAgain) = tenfold.addingReportingOverflow(Self(byte - UInt8(ascii: "0")))
            guard !overflow, !overflowAgain else { return nil }
            value = sum
        }
        self = value
    }
}
