import Glibc
import Testing

@testable import MonitorSystemd

@Suite struct ServiceEnvironmentTests {
    private func environment(_ variables: [String: String], standardError: String? = "8:42") -> ServiceEnvironment {
        ServiceEnvironment(variables, pid: 7, standardError: standardError)
    }

    @Test func `a program that was started by hand reports to nobody`() {
        #expect(environment([:]) == ServiceEnvironment())
        #expect(environment(["NOTIFY_SOCKET": ""]) == ServiceEnvironment())
    }

    @Test(arguments: [
        (["WATCHDOG_USEC": "30000000"], Duration.seconds(30)),
        (["WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "7"], .seconds(30)),
        (["WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "8"], nil),
        (["WATCHDOG_USEC": "0"], nil), (["WATCHDOG_USEC": "soon"], nil), (["WATCHDOG_PID": "7"], nil),
        (["WATCHDOG_USEC": "18446744073709551615"], nil),
    ])
    func `the watchdog is ours or nobody's`(variables: [String: String], limit: Duration?) {
        #expect(environment(variables).watchdogLimit == limit)
    }

    @Test(arguments: [("8:42", true), ("8:43", false), ("", false)])
    func `the journal is where standard error goes, if it does`(stream: String, isJournal: Bool) {
        #expect(environment(["JOURNAL_STREAM": stream]).isLoggedToJournal == isJournal)
        #expect(!environment(["JOURNAL_STREAM": stream], standardError: nil).isLoggedToJournal)
    }

    @Test func `nothing of it is left for others`() async {
        await #expect(processExitsWith: .success) {
            for name in ["NOTIFY_SOCKET", "WATCHDOG_USEC", "LISTEN_FDS", "CREDENTIALS_DIRECTORY", "JOURNAL_STREAM"] {
                setenv(name, "/x", 1)
            }
            let environment = ServiceEnvironment.take()
            precondition(environment.notifySocket == "/x" && environment.credentialsDirectory == "/x")
            precondition(getenv("NOTIFY_SOCKET") == nil && getenv("WATCHDOG_USEC") == nil)
            precondition(getenv("LISTEN_FDS") == nil && getenv("CREDENTIALS_DIRECTORY") == nil)
            precondition(getenv("JOURNAL_STREAM") == nil && getenv("PATH") != nil)
        }
    }
}
