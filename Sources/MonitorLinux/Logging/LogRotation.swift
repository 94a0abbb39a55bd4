internal import Glibc
internal import MonitorCore

/// The rotated files beside a log: `FILE.1`, the newest, to `FILE.N`.
struct LogRotation {
    let path: String
    /// How many are kept.
    let keep: Int

    /// Moves the file to `FILE.1` and the others one further; the oldest is gone, and so is what an earlier
    /// configuration kept beyond `keep`.
    ///
    /// rename(2) replaces its target whatever it is, also a symbolic link. The log itself is moved last, so that a
    /// failure leaves it where it is.
    func shift() throws(LogFileFailure) {
        removeSurplus()
        guard keep > 0 else {
            guard unlink(path) == 0 || errno == ENOENT else { throw LogFileFailure(errno) }
            return
        }
        for number in stride(from: keep - 1, through: 0, by: -1) {
            guard rename(name(number), name(number + 1)) == 0 || errno == ENOENT else { throw LogFileFailure(errno) }
        }
    }

    private func removeSurplus() {
        var number = keep + 1
        while unlink(name(number)) == 0 { number += 1 }
    }

    private func name(_ number: Int) -> String { number == 0 ? path : "\(path).\(number)" }
}
