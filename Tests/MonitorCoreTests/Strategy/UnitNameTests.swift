import Testing

@testable import MonitorCore

@Suite struct UnitNameTests {
    @Test(arguments: [
        ("httpd", "httpd.service"), ("httpd.service", "httpd.service"), ("tpl@one", "tpl@one.service"),
        (#"openvpn@client\x2dsite.service"#, #"openvpn@client\x2dsite.service"#), ("a.b:c_d-e", "a.b:c_d-e.service"),
        ("backup.timers", "backup.timers.service"), ("timer", "timer.service"),
    ])
    func `a configured name is that of a service`(text: String, name: String) throws {
        #expect(try UnitName(configured: text).rawValue == name)
    }

    @Test(arguments: [
        ("backup.timer", "is a timer: only services are restarted, as 'backup.service'"),
        ("shop.socket", "is a socket: only services are restarted, as 'shop.service'"),
        ("multi-user.target", "is a target: only services are restarted, as 'multi-user.service'"),
        ("a/b", "has a character"), ("a b", "has a character"), ("a+b", "has a character"), ("-a", "begins with"),
        ("", "is empty"), (".service", "is empty"), (String(repeating: "x", count: 300), "is longer than 255"),
    ])
    func `what can't be a service is refused, with what it is`(text: String, reason: String) throws {
        let error = try #require(throws: InvalidUnitName.self) { try UnitName(configured: text) }
        #expect(error.description.contains(reason))
    }
}
