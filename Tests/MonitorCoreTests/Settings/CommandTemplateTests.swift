import Testing

@testable import MonitorCore

@Suite struct CommandTemplateTests {
    @Test(arguments: [
        ("pgrep %s", "pgrep shop"), ("%s%s", "shopshop"), ("date +%H", "date +%H"), ("100%", "100%"),
        ("%%s %%", "%s %"), ("%%%s", "%shop"), ("", ""),
    ])
    func `%s is the name, and %% a percent sign`(text: String, command: String) throws {
        #expect(try CommandTemplate(unchecked: text).rendered(for: ProcessName("shop")) == command)
    }

    @Test func `an accent behind %s does not hide it`() throws {
        let template = try CommandTemplate("echo %s\u{301} %%\u{301}")
        #expect(try template.rendered(for: ProcessName("shop")) == "echo shop\u{301} %\u{301}")
    }
}
