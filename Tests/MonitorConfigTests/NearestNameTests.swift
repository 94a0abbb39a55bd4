import Testing

@testable import MonitorCore

@Suite struct NearestNameTests {
    private let names = ["check_interval", "host", "port", "password", "password_file", "max_attempts"]

    @Test(arguments: [
        ("check_intervall", "check_interval"), ("chekc_interval", "check_interval"), ("HOST", "host"),
        ("hots", "host"), ("prot", "port"), ("pasword", "password"), ("passwordfile", "password_file"),
        ("max_attempt", "max_attempts"), ("maxattempts", "max_attempts"),
        ("check", "check_interval"),
    ])
    func `a slip of the pen finds what was meant`(slip: String, meant: String) {
        #expect(slip.nearest(among: names) == meant)
    }

    @Test(arguments: ["", "zzz", "retention", "😀", String(repeating: "x", count: 8000)])
    func `what is like nothing finds nothing`(text: String) {
        #expect(text.nearest(among: names) == nil)
    }
}
