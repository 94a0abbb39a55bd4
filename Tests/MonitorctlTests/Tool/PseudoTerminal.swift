internal import Glibc
internal import Subprocess
internal import SystemPackage
internal import TestSupport

/// A terminal that a test sits at: what a program writes to it is read, keys are typed.
final class PseudoTerminal: Sendable {
    /// The side of the program.
    let device: FileDescriptor
    private let master: Int32

    init(columns: UInt16, rows: UInt16) throws {
        // The calls of pts(4) that posix_openpt(3), unlockpt(3) and ptsname(3) make, which Swift does not see.
        let unlock = UInt(0x4004_5431)  // TIOCSPTLCK
        let tellNumber = UInt(0x8004_5430)  // TIOCGPTN
        master = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK)
        var (isLocked, number) = (Int32(0), UInt32(0))
        guard master >= 0, ioctl(master, unlock, &isLocked) == 0, ioctl(master, tellNumber, &number) == 0 else {
            throw TestFailure("cannot open a pseudo terminal: \(String(cString: strerror(errno)))")
        }
        device = FileDescriptor(rawValue: open("/dev/pts/\(number)", O_RDWR | O_NOCTTY | O_CLOEXEC))
        resize(columns: columns, rows: rows)
    }

    deinit {
        try? device.close()
        close(master)
    }

    func resize(columns: UInt16, rows: UInt16) {
        var size = winsize(ws_row: rows, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0)
        _ = ioctl(master, UInt(TIOCSWINSZ), &size)
    }

    func type(_ keys: String) {
        var keys = keys
        _ = keys.withUTF8 { write(master, $0.baseAddress, $0.count) }
    }

    /// Whether lines are read whole and echoed, as a shell leaves it.
    var isAsShellsHaveIt: Bool {
        var modes = termios()
        tcgetattr(device.rawValue, &modes)
        let flags = tcflag_t(ICANON | ECHO | ISIG)
        return modes.c_lflag & flags == flags
    }

    /// What was written since the last time, read until it holds `text`.
    ///
    /// - Throws: when it doesn't within ten seconds.
    @discardableResult
    func read(until text: String) async throws -> String {
        var bytes: [UInt8] = []
        let deadline = ContinuousClock.now + .seconds(10)
        while ContinuousClock.now < deadline {
            var chunk = [UInt8](repeating: 0, count: 65536)
            let count = Glibc.read(master, &chunk, chunk.count)
            if count > 0 { bytes += chunk[..<count] }
            let screen = String(decoding: bytes, as: UTF8.self)
            if screen.contains(text) { return screen }
            try await Task.sleep(for: .milliseconds(10))
        }
        throw TestFailure("'\(text)' does not appear in: \(String(decoding: bytes, as: UTF8.self).debugDescription)")
    }
}
