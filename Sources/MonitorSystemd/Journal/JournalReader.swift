internal import CSystemd
internal import Dispatch
internal import MonitorCore

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
            let message = journal.lastMessage(matching: ["_SYSTEMD_UNIT=\(unit)", "_SYSTEMD_INVOCATION_ID=\(id)"])
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

    /// The `MESSAGE` of the newest entry with all of the fields.
    func lastMessage(matching fields: [String]) -> String? {
        for field in fields where sd_journal_add_match(raw, field, 0) < 0 { return nil }
        guard sd_journal_seek_tail(raw) >= 0, sd_journal_previous(raw) > 0 else { return nil }
        var start: UnsafeRawPointer?
        var count = 0
        guard sd_journal_get_data(raw, "MESSAGE", &start, &count) >= 0 else { return nil }
        let prefix = "MESSAGE=".utf8.count
        let bytes = UnsafeRawBufferPointer(start: start, count: count)
        return String(decoding: bytes.dropFirst(prefix).prefix(512), as: UTF8.self)
    }
}
