import Glibc
import TestSupport
import Testing

@testable import MonitorConfig
@testable import MonitorCore

@Suite struct DatabasePasswordTests {
    private let directory = ScratchDirectory()

    private func settings(password: String? = nil, file: String? = nil) -> DatabaseSettings {
        var settings = DatabaseSettings()
        settings.password = password.map(Secret.init)
        settings.passwordFile = file
        return settings
    }

    private func file(_ name: String, _ text: String, mode: mode_t = 0o600) -> String {
        directory.write(name, Array(text.utf8), mode: mode)
    }

    @Test func `the configuration goes before the password file, that before the credential, that before the variable`()
        throws
    {
        let own = file("own", "from file")
        _ = file(DatabaseSettings.credentialName, "from credential")
        let all = ["CREDENTIALS_DIRECTORY": directory.root, "MONITOR_DATABASE_PASSWORD": "from variable"]
        let none = ["CREDENTIALS_DIRECTORY": directory.path("none"), "MONITOR_DATABASE_PASSWORD": "from variable"]

        #expect(try settings(password: "given", file: own).resolvedPassword(environment: all) == Secret("given"))
        #expect(try settings(file: own).resolvedPassword(environment: all) == Secret("from file"))
        #expect(try settings().resolvedPassword(environment: all) == Secret("from credential"))
        #expect(try settings().resolvedPassword(environment: none) == Secret("from variable"))
        #expect(try settings().resolvedPassword(environment: ["MONITOR_DATABASE_PASSWORD": ""]) == nil)
        #expect(try settings().resolvedPassword(environment: [:]) == nil)
    }

    @Test(arguments: [("secret\n", "secret"), ("secret\r\n", "secret"), (" a b ", " a b "), ("a\n\n", "a\n")])
    func `one newline at the end is not part of the password`(text: String, password: String) throws {
        let path = file("password", text)
        #expect(try settings(file: path).resolvedPassword(environment: [:]) == Secret(password))
    }

    @Test(arguments: ["", "\n", "a\0b", String(repeating: "x", count: 5000)])
    func `a file that holds no password is refused`(text: String) {
        let path = file("password", text)
        #expect(throws: ConfigurationError.self) { try settings(file: path).resolvedPassword(environment: [:]) }
    }

    @Test func `a password file that is missing, or that others can read, is refused`() {
        for path in [directory.path("missing"), file("open", "secret", mode: 0o604)] {
            let error = #expect(throws: ConfigurationError.self) {
                try settings(file: path).resolvedPassword(environment: ["MONITOR_DATABASE_PASSWORD": "other"])
            }
            #expect(error?.description.contains(path) == true)
        }
    }

    @Test func `a password file of another user is refused, with the remedy`() throws {
        try #require(geteuid() == 0, "giving a file away takes root")
        let path = file("others", "secret")
        #expect(chown(path, 65534, 0) == 0)
        let error = #expect(throws: ConfigurationError.self) {
            try settings(file: path).resolvedPassword(environment: [:])
        }
        #expect(error?.description.contains("chown root '\(path)'") == true, "\(error?.description ?? "")")
    }
}
