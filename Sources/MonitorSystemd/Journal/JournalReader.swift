internal import CSystemd
internal import Dispatch
internal import MonitorCore
internal import MonitorIO

/// Reads what a unit last wrote to the journal, to say why it failed.
///
/// Reading is bounded (the last lines of one invocation) but goes to files, so it happens on a queue of its own.
actor JournalReader {
    private let queue = QueueExecutor(label: "process-monitor.journal")

    nonisolated var unownedExecutor: UnownedSerialExecutor { queue.asUnownedSerialExecutor() }

    /// The last lines that the unit's own processes wrote in an invocation.
    ///
    /// - Parameter orRecent: take what any invocation has written in the last seconds, where there is nothing of that one:
    ///   in a crash loop journald takes the last words of one life for those of the next.
    /// - Returns: none where there are none, or where this user may not read them.
    func lastLines(of unit: String, invocation: [UInt8], orRecent: Bool = false) async -> LastLines {
        guard !invocation.isEmpty else { return LastLines() }
        let id = invocation.map { Self.hexDigits[Int($0 >> 4)] + Self.hexDigits[Int($0 & 15)] }.joined()
        // A process's last words reach the journal a little after systemd has seen its end.
        for pause in [Duration.zero, .milliseconds(20), .milliseconds(60), .milliseconds(120), .milliseconds(300)] {
            try? await Task.sleep(for: pause)
            guard let journal = JournalHandle() else { break }
            let lines = journal.lastMessages(of: unit, invocation: id, atMost: LastLines.limit)
            if !lines.isEmpty { return LastLines(newestFirst: lines) }
        }
        if orRecent, let journal = JournalHandle() {
            return LastLines(newestFirst: journal.lastMessages(of: unit, invocation: nil, atMost: LastLines.limit))
        }
        return LastLines()
    }

    private static let hexDigits = "0123456789abcdef".map(String.init)
}

/// What a unit's processes printed last.
struct LastLines: Sendable, Equatable {
    static let limit = 4
    private static let longestLine = 200

    /// Made fit for a log line, the newest first: it mostly says why.
    let newestFirst: [String]

    init(newestFirst lines: [String] = []) {
        newestFirst = lines.map { $0.escapedForDisplay(limit: Self.longestLine) }.filter { !$0.isEmpty }
    }

    var isEmpty: Bool { newestFirst.isEmpty }

    /// The last line, and what came before it.
    var text: String { (newestFirst.prefix(1) + [before].compactMap(\.self)).joined(separator: "; ") }

    /// A reason with what the unit's processes said of it: `it exited with 3: port in use (unit httpd.service)`.
    func explaining(_ reason: String, of unit: UnitName) -> String {
        let last = newestFirst.first.map { ": \($0)" } ?? ""
        return "\(reason)\(last) (" + (["unit \(unit)"] + [before].compactMap(\.self)).joined(separator: "; ") + ")"
    }

    private var before: String? {
        let lines = newestFirst.dropFirst().reversed()
        return lines.isEmpty ? nil : "before that: \(lines.joined(separator: " / "))"
    }
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

    /// The `MESSAGE` of the newest entries that the unit has written in the invocation, or in the last seconds, the newest first.
    ///
    /// journald may lack the invocation of a process that ended at once: an entry of the last seconds is accepted instead.
    func lastMessages(of unit: String, invocation: String?, atMost limit: Int) -> [String] {
        guard sd_journal_add_match(raw, "_SYSTEMD_UNIT=\(unit)", 0) >= 0, sd_journal_seek_tail(raw) >= 0
        else { return [] }
        let oldest = UInt64(max(0, Timestamp.wallClock().milliseconds)) * 1000 - Self.recently
        var messages: [String] = []
        for _ in 0..<16 where messages.count < limit {
            guard sd_journal_previous(raw) > 0 else { break }
            var time: UInt64 = 0
            sd_journal_get_realtime_usec(raw, &time)
            let writer = invocation == nil ? nil : field("_SYSTEMD_INVOCATION_ID")
            let isOurs = writer.map { $0 == invocation } ?? (time >= oldest)
            if isOurs, let message = field("MESSAGE") { messages.append(message) }
        }
        return messages
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
