import Testing

@testable import MonitorSystemd

@Suite struct JournalFieldTests {
    @Test(arguments: [
        ("process.name", "PROCESS_NAME"), ("event", "MONITOR_EVENT"), ("error.reason", "MONITOR_ERROR_REASON"),
        ("attempt2", "MONITOR_ATTEMPT2"), ("ünicode-key", "MONITOR__NICODE_KEY"),
        (String(repeating: "x", count: 80), "MONITOR_" + String(repeating: "X", count: 56)),
    ])
    func `a datum's key becomes a name that journald takes`(key: String, name: String) {
        #expect(JournalField(metadataKey: key, "v") == JournalField(name, "v"))
    }

    @Test func `the line for people has the data, and nothing that could forge another line`() {
        let data = [("error.reason", "a\nb\u{1b}[31m"), ("event", "recovery.failed"), ("process.name", "httpd")]
        #expect(
            JournalField.message("recovery failed", with: data)
                == "recovery failed error.reason=a\\u{a}b\\u{1b}[31m process.name=httpd")
    }
}
