import Glibc
import TestSupport
import Testing

@testable import MonitorConfig
@testable import MonitorCore

@Suite struct ConfigurationLoadingTests {
    private let directory = ScratchDirectory()

    private func load(
        _ path: String? = nil, environment: [String: String] = [:], places: [String] = []
    ) throws(ConfigurationError) -> LoadedConfiguration {
        try Configuration.load(path: path, environment: environment, places: places)
    }

    private func file(_ name: String, _ text: String, mode: mode_t = 0o600) -> String {
        directory.write(name, Array(text.utf8), mode: mode)
    }

    @Test func `the file named goes before the environment's, and that before the default places`() throws {
        let named = file("named", "[monitor]\ncheck_interval = 1\n")
        let variable = file("variable", "[monitor]\ncheck_interval = 2\n")
        let places = [directory.path("missing"), file("place", "[monitor]\ncheck_interval = 3\n"), named]

        let environment = ["MONITOR_CONFIG": variable]
        #expect(try load(named, environment: environment, places: places).configuration.path == named)
        #expect(try load(environment: environment, places: places).configuration.path == variable)
        #expect(try load(environment: ["MONITOR_CONFIG": ""], places: places).configuration.path == places[1])
        #expect(try load(places: places).configuration.engine.checkInterval == .seconds(3))
    }

    @Test func `where nothing is named and nothing is there, the built-in defaults hold`() throws {
        let loaded = try load(places: [directory.path("missing"), directory.path("missing/too")])

        #expect(loaded.configuration.path == nil)
        #expect(loaded.configuration == Configuration())
    }

    @Test func `a file that is named must be there`() {
        #expect(throws: ConfigurationError.self) { try load("") }
        let missing = directory.path("missing")
        let expected = "cannot read configuration file '\(missing)': there is no such file"

        #expect(throws: ConfigurationError(expected)) { try load(missing) }
        #expect(throws: ConfigurationError(expected)) { try load(environment: ["MONITOR_CONFIG": missing]) }
    }

    @Test func `a directory, a device and a huge file are refused`() {
        let huge = directory.write("huge", Array(repeating: UInt8(ascii: "#"), count: (1 << 20) + 1))
        for (path, reason) in [
            (directory.root, "it is a directory"), ("/dev/null", "it is not a regular file"),
            (huge, "it is larger than 1024 KB"),
        ] {
            #expect(throws: ConfigurationError("cannot read configuration file '\(path)': \(reason)")) {
                try load(path)
            }
        }
    }

    @Test func `a FIFO is refused without waiting for a writer`() {
        let path = directory.path("fifo")
        #expect(mkfifo(path, 0o600) == 0)
        #expect(throws: ConfigurationError.self) { try load(path) }
    }

    @Test func `problems name the file as it was asked for`() {
        let path = file("bad.ini", "[nonsense]\n")
        let error = #expect(throws: ConfigurationError.self) { try load(path) }
        #expect(error?.description.hasPrefix("\(path):1: unknown section [nonsense]") == true)
    }

    @Test func `a file with a password that others can read is refused, with the remedy`() {
        let path = file("open.ini", "[database]\nhost = h\npassword = hunter2\n", mode: 0o644)
        let error = #expect(throws: ConfigurationError.self) { try load(path) }
        #expect(error?.description.contains("chmod 600 '\(path)'") == true)
        #expect(error?.description.contains("hunter2") == false)
    }

    @Test func `permissions and text are told together`() {
        let path = file("open.ini", "[database]\nhost = h\npassword = hunter2\nport = x\n", mode: 0o644)
        let error = #expect(throws: ConfigurationError.self) { try load(path) }
        #expect(error?.problems.map { $0.place?.line } == [nil, 4])
    }

    @Test func `a file of another user is refused, with the remedy`() throws {
        try #require(geteuid() == 0, "giving a file away takes root")
        let path = file("others.ini", "[monitor]\ncheck_interval = 1\n")
        #expect(chown(path, 65534, 0) == 0)
        let error = #expect(throws: ConfigurationError.self) { try load(path) }
        #expect(error?.description.contains("it belongs to user 'nobody'") == true, "\(error?.description ?? "")")
        #expect(error?.description.contains("chown root '\(path)'") == true)
        #expect(chown(path, 0, 0) == 0)
        #expect(try load(path).foundFile)
    }

    @Test func `a directory in which others could put another file is refused, with the remedy`() throws {
        let place = directory.path("open")
        #expect(mkdir(place, 0o700) == 0)
        let path = file("open/own.ini", "[monitor]\ncheck_interval = 1\n")
        #expect(try load(path).foundFile)
        #expect(chmod(place, 0o777) == 0)
        let error = #expect(throws: ConfigurationError.self) { try load(path) }
        #expect(error?.description.contains("chmod go-w '\(place)'") == true, "\(error?.description ?? "")")
        // As /tmp is, in which all of this lies.
        #expect(chmod(place, 0o1777) == 0)
        #expect(try load(path).foundFile)
    }

    @Test func `what a link leads to is examined, and the way that it takes`() throws {
        let place = directory.path("open")
        #expect(mkdir(place, 0o777) == 0 && chmod(place, 0o777) == 0)
        let path = file("open/own.ini", "[monitor]\ncheck_interval = 1\n")
        let link = directory.path("link.ini")
        #expect(symlink("open/../open/own.ini", link) == 0)
        let error = #expect(throws: ConfigurationError.self) { try load(link) }
        #expect(error?.description.contains("chmod go-w '\(place)'") == true, "\(error?.description ?? "")")
        #expect(chmod(place, 0o755) == 0)
        #expect(try load(link).configuration.path == link)
        #expect(unlink(path) == 0)
        #expect(throws: ConfigurationError.self) { try load(link) }
        let ring = directory.path("ring.ini")
        #expect(symlink("ring.ini", ring) == 0)
        #expect(throws: ConfigurationError.self) { try load(ring) }
    }

    @Test func `a file without a password may be read by all`() throws {
        let path = file("open.ini", "[database]\nhost = h\npassword =\n", mode: 0o644)
        #expect(try load(path).configuration.database.hosts == ["h"])
    }
}
