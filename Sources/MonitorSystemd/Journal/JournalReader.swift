internal import CSystemd
internal import Dispatch
internal import MonitorCore
internal import MonitorIO

/// Reads what a unit last wrote to the journal, to say why it failed.
///
/// Reading is bounded (the last line of one invocation) but goes to files, so it happens on a queue of its own.
actor JournalReader {
    private let queue = QueueExecutor(label: "process-monitor.journal")

    nonisolated var unownedExecutor: UnownedSerialExecutor { queue.asUnownedSerialExecutor() }

    /// The last line that the unit's own processes wrote in an invocation, made fit for a note.
    ///
    /// - Returns: nil where there is none, or where this user may not read it.
    func lastLine(of unit: String, invocation: [UInt8]) async -> String? {
        guard !invocation.isEmpty else { return nil }
        let id = invocation.map { Self.hexDigits[Int($0 >> 4)] + Self.hexDigits[Int($0 & 15)] }.joined()
        // A process's last words reach the journal a little after systemd has seen its end.
        for pause in [Duration.zero, .milliseconds(20), .milliseconds(60), .milliseconds(120), .milliseconds(300)] {
            try? await Task.sleep(for: pause)
            guard let journal = JournalHandle() else { return nil }
            let message = journal.lastMessage(of: unit, invocation: id)
            if let message { return message.escapedForDisplay(limit: 60) }
        }
        return nil
    }

    private static let hexDigits = "0123456789abcdef".map(String.init)
}

/// The open journal of this machine.
private struct JournalHandle: ~Copyable {
    private let raw: OpaquePointer

    init?() {
        var raw: OpaquePointer?
        guard sd_journal_open(&raw, CInt(SD_JOURNAL_LOCAL_ONLY)) >= 0, let raw else { return nil }
        self.raw = raw
    }

    deinit { sd_journal_close(raw) }

    /// How long ago the last words of a process may have been written that has just ended.
    private static let recently: UInt64 = 5_000_000

    /// The `MESSAGE` of the newest entry that the unit has written in the invocation.
    ///
    /// Of a process that ends at once the journal may not find out the invocation: there, what is from right now will do.
    func lastMessage(of unit: String, invocation: String) -> String? {
        guard sd_journal_add_match(raw, "_SYSTEMD_UNIT=\(unit)", 0) >= 0, sd_journal_seek_tail(raw) >= 0
        else { return nil }
        let oldest = UInt64(max(0, Timestamp.wallClock().milliseconds)) * 1000 - Self.recently
        for _ in 0..<16 where sd_journal_previous(raw) > 0 {
            var time: UInt64 = 0
            sd_journal_get_realtime_usec(raw, &time)
            let isOurs = field("_SYSTEMD_INVOCATION_ID").map { $0 == invocation } ?? (time >= oldest)
            if isOurs { return field("MESSAGE") }
        }
        return nil
    }

    /// The first 512 bytes of a field of the entry; nil where it has none of that name.
    private func field(_ name: String) -> String? {
        var start: UnsafeRawPointer?
        var count = 0
        guard sd_journal_get_data(raw, name, &start, &count) >= 0 else { return nil }
        let bytes = UnsafeRawBufferPointer(start: start, count: count)
        return String(decoding: bytes.dropFirst(name.utf8.count + 1).prefix(512), as: UTF8.self)
    }
}
