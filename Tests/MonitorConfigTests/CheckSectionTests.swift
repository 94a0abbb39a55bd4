import Testing

@testable import MonitorConfig
@testable import MonitorCore

@Suite struct CheckSectionTests {
    private func checks(_ text: String) throws -> [CheckSpec] {
        try Configuration.parse(text, path: "test.ini").engine.checks
    }

    private func problems(of text: String) -> [String] {
        do {
            _ = try Configuration.parse(text, path: "test.ini")
            return []
        } catch {
            return error.problems.map(\.description)
        }
    }

    @Test func `a check has its type's defaults, and the name of its process`() throws {
        let check = try #require(try checks("[check.web]\ntype = process\n").first)
        #expect(check == CheckSpec(name: try ProcessName("web"), process: try ProcessName("web"), kind: .process))
        #expect(check.threshold == 1 && check.raises && check.grace == .seconds(30) && check.period == .seconds(10))
    }

    @Test func `every key reaches its check`() throws {
        let text = """
            [check.z]
            type = tcp
            address = [::1]:80
            process = web
            period = 1min
            timeout = 500ms
            threshold = 7
            grace = 0
            raises = no
            [check.a]
            type = resource
            rss = 512M
            pss = 1G
            cpu = 150%
            descriptors = 10
            processes = 5
            for = 5min
            [check.f]
            type = file
            path = /srv/beat
            max_age = 1h
            min_size = 1
            max_size = 2K
            contains = "a ; b"
            [check.h]
            type = http
            url = https://localhost:8443/x?y=z
            expect = 200-204, 401 302
            contains = ok
            header = Host: a.example | X-Key: 1
            tls_ca = /ca.pem
            socket = /run/x.sock
            [check.n]
            type = nagios
            command = check_x -w "1 ; 2" %s
            [check.s]
            type = unix
            address = /run/s.sock
            """
        let checks = try checks(text)
        #expect(checks.map(\.name.rawValue) == ["a", "f", "h", "n", "s", "z"])
        var resource = ResourceTarget()
        (resource.rss, resource.pss, resource.cpu) = (512 << 20, 1 << 30, 1.5)
        (resource.descriptors, resource.processes, resource.duration) = (10, 5, .seconds(300))
        var file = FileTarget(path: "/srv/beat")
        (file.maxAge, file.minSize, file.maxSize, file.contains) = (.seconds(3600), 1, 2048, "a ; b")
        var http = HTTPTarget(url: "https://localhost:8443/x?y=z")
        (http.expect, http.contains, http.headers) = (
            [200...204, 401...401, 302...302], "ok", ["Host: a.example", "X-Key: 1"]
        )
        (http.certificateAuthorities, http.unixSocket) = ("/ca.pem", "/run/x.sock")
        #expect(
            checks.map(\.kind) == [
                .resource(resource), .file(file), .http(http), .nagios(try CommandTemplate("check_x -w \"1 ; 2\" %s")),
                .unix(path: "/run/s.sock"), .tcp(TCPTarget(host: "::1", port: 80)),
            ])
        let last = try #require(checks.last)
        #expect(last.process.rawValue == "web" && last.period == .seconds(60) && last.timeout == .milliseconds(500))
        #expect(last.threshold == 7 && last.grace == .zero && !last.raises)
    }

    @Test(arguments: [
        ("[check.web]\ntype = unit", "web.service"), ("[check.web]\ntype = unit\nunit = httpd", "httpd.service"),
        // Wherever the process's section stands.
        ("[check.x]\ntype = unit\nprocess = web\n[process.web]\nunit = apache2", "apache2.service"),
    ])
    func `a unit is that of the process, unless it is named`(text: String, unit: String) throws {
        #expect(try checks(text).map(\.kind) == [.unit(UnitName(configured: unit))])
    }

    @Test(arguments: [
        (
            "[check.x]",
            "1: [check.x] has no 'type': one of unit, process, tcp, unix, http, file, resource, command, nagios"
        ),
        (
            "[check.x]\ntype = htp",
            "2: type: 'htp' is none of: unit, process, tcp, unix, http, file, resource, command, nagios"
        ),
        ("[check.x]\ntype = tcp", "1: 'type = tcp' needs 'address'"),
        (
            "[check.x]\ntype = http\npath = /x",
            "3: 'path' means nothing with 'type = http'; its own keys are url, expect, contains, header, tls_ca, socket"
        ),
        (
            "[check.x]\ntype = process\nunit = a",
            "3: 'unit' means nothing with 'type = process'; it has no keys of its own"
        ),
        (
            "[check.x]\ntype = tcp\naddress = /run/s",
            "3: address: a path is for 'type = unix'; 'type = tcp' has HOST:PORT"
        ),
        (
            "[check.x]\ntype = unix\naddress = a:1",
            "3: address: HOST:PORT is for 'type = tcp'; 'type = unix' has a path"
        ),
        (
            "[check.x]\ntype = resource\nfor = 1min",
            "1: 'type = resource' needs a limit: 'rss', 'pss', 'cpu', 'descriptors' or 'processes'"
        ),
        ("[check.x]\ntype = file\npath = /x\nmin_size = 2\nmax_size = 1", "5: 'max_size' is less than 'min_size'"),
        ("[check.x]\ntype = http\nurl = http://a/\ntls_ca = /ca", "4: 'tls_ca' means nothing for a URL without https"),
        ("[check.x]\ntype = process\nperiods = 5", "3: unknown key 'periods' in [check.x]; did you mean 'period'?"),
        ("[check.x]\ntype = process\nraises = maybe", "3: raises: 'maybe' is none of: yes, no"),
        ("[check.-x]\ntype = process", "1: [check.NAME]: name '-x' refused: it begins with '-' or '.'"),
        ("[chek.x]\ntype = process", "1: unknown section [chek.x]; did you mean [check.x]?"),
        ("[monitor]\nmode = watch", "2: mode: 'watch' is none of: act, observe"),
    ])
    func `every mistake is told with its line`(text: String, problem: String) {
        #expect(problems(of: text) == ["test.ini:\(problem)"])
    }

    @Test(arguments: [
        ("tcp", "address", ["localhost", ":80", "a:0", "a:65536", "::1:80", "[a]:80", "-a:80", "a b:80"]),
        ("http", "url", ["localhost", "ftp://a/", "http:///x", "http://?", "http://a b/", "https://ü/"]),
        ("http", "header", ["Host", ": x", "A B: x", "Host: a | bad"]),
        ("http", "expect", ["99", "600", "299-200", "200-", "ok", "2xx", ","]),
        ("file", "max_size", ["-1", "1k", "1KB", "x", "9999999T", "K"]),
        ("resource", "cpu", ["0", "-1", "1e3", "nan", "%", "0x1"]),
    ])
    func `a value that can't be is refused`(type: String, key: String, values: [String]) {
        for value in values {
            let found = problems(of: "[check.x]\ntype = \(type)\n\(key) = \(value)\n")
            #expect(found.count == 1 && found[0].hasPrefix("test.ini:3: \(key): "), "\(value): \(found)")
        }
    }

    @Test func `a change is named by key and check, and takes no restart`() throws {
        func changes(_ old: String, _ new: String) throws -> [String] {
            let changes = try Configuration.parse(old, path: "o").changes(to: Configuration.parse(new, path: "n"))
            #expect(changes.allSatisfy { !$0.needsRestart })
            return changes.map(\.description)
        }
        let web = "[check.web]\ntype = process\n"
        #expect(try changes(web, web) == [])
        #expect(try changes("", web) == ["'type' of [check.web]"])
        #expect(
            try changes(web + "period = 5\n", web + "grace = 1\n") == [
                "'period' of [check.web]", "'grace' of [check.web]",
            ])
        #expect(try changes("", "[monitor]\nmode = observe\n") == ["'mode' of [monitor]"])
    }
}
