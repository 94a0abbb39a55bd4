internal import MonitorCore
internal import MonitorLinux
internal import MonitorStatus
internal import TestSupport
internal import Testing

@testable import monitorctl

@Suite struct ChecksReportTests {
    private static let processes = [
        ProcessStatus(processID: 1, name: "web"), ProcessStatus(processID: 2, name: "mail"),
    ]

    private func report() throws -> ChecksReport {
        let (web, mail) = (try ProcessName("web"), try ProcessName("mail"))
        let specs = [
            CheckSpec(name: web, process: web, kind: .process),
            CheckSpec(name: try ProcessName("web-port"), process: web, kind: .tcp(TCPTarget(host: "::1", port: 80))),
            CheckSpec(name: mail, process: mail, kind: .unit(UnitName(process: mail))),
        ]
        let since = Fixtures.now + .seconds(-180)
        return ChecksReport(
            configured: specs, processes: Self.processes,
            records: [
                CheckRecord(
                    processID: 1, check: "web-port", standing: .failed, since: since, message: "connection refused"),
                CheckRecord(processID: 1, check: "web", standing: .passed, since: since, message: "pid 7 runs"),
                // Another host's.
                CheckRecord(processID: 2, check: "disk\u{1B}", standing: .unknown, since: since, message: "no plugin"),
            ])
    }

    @Test("checks are those of the configuration and those of the store, by process and name")
    func entries() throws {
        let entries = try report().entries(named: [])
        #expect(entries.map(\.name) == ["disk\u{1B}", "mail", "web", "web-port"])
        #expect(entries.map { $0.record?.standing } == [.unknown, nil, .passed, .failed])
        #expect(entries.map { $0.spec?.kind.word } == [nil, "unit", "process", "tcp"])
    }

    @Test("they are chosen by their own name or by that of their process; others are refused, with the nearest")
    func chosen() throws {
        let report = try report()
        #expect(try report.entries(named: ["web-port"]).map(\.name) == ["web-port"])
        #expect(try report.entries(named: ["web"]).map(\.name) == ["web", "web-port"])
        let failure = #expect(throws: Failure.self) { try report.entries(named: ["web", "web-prot"]) }
        #expect(failure?.description == "no check is called 'web-prot'; did you mean 'web-port'?")
    }

    @Test("the keys of the JSON and their order are those of the contract")
    func json() throws {
        let entries = try report().entries(named: ["web-port", "mail"]).filter { $0.name != "disk\u{1B}" }
        #expect(
            ChecksReport.json(entries).text == """
                {"checks":[{"name":"mail","process":"mail","type":"unit","state":null,"since":null,"message":null},\
                {"name":"web-port","process":"web","type":"tcp","state":"failed","since":"2026-03-01T12:24:05.000Z",\
                "message":"connection refused"}]}
                """)
    }

    @Test("a process is shown with its checks")
    func facts() {
        let record = CheckRecord(
            processID: 1, check: "http", standing: .failed, since: Fixtures.now + .seconds(-180),
            message: "no\u{1B} answer")
        let report = StatusReport(
            host: "web1", daemon: .unknown, processes: Self.processes, checks: [record], now: Fixtures.now)
        let times = TimeFormat(now: Fixtures.now, zone: .utc)
        let facts = report.entries.map {
            ProcessFacts($0, daemon: .unknown, policy: BreakerPolicy(), checkInterval: .seconds(300), times: times)
                .facts
        }
        let shown = facts.flatMap(\.self).filter { $0.label == "Checks" }.flatMap(\.paragraphs)
        #expect(shown.count == 1 && shown[0].hasPrefix("http failed ") && shown[0].hasSuffix(#": no\u{1b} answer"#))
        #expect(
            report.json(now: Fixtures.now).text.contains(
                #""checks":[{"name":"http","state":"failed","since":"2026-03-01T12:24:05.000Z","message":"no\u001b answer"}]"#
            ))
    }

    @Test("a unit that runs is proposed to be checked, with the ports on which it listens")
    func proposal() throws {
        let web = try ProcessName("web")
        let plain = CheckProposals.findings(web, UnitName(process: web), RunningUnits.Unit())
        #expect(plain.level == .note && plain.text == "'web' is not seen to die: no check is about it")
        #expect(plain.remedy == "[check.web]\ntype = unit")
        let unit = RunningUnits.Unit(addresses: [
            RunningUnits.Address(host: "localhost", port: 80), RunningUnits.Address(host: "::1", port: 8080),
        ])
        let found = CheckProposals.findings(web, UnitName(process: web), unit)
        #expect(
            found.remedy == """
                [check.web]
                type = unit
                [check.web-80]
                type = tcp
                process = web
                address = localhost:80
                [check.web-8080]
                type = tcp
                process = web
                address = [::1]:8080
                """)
    }
}
