import Testing

@testable import MonitorCore
@testable import MonitorLinux

@Suite struct DaemonIdentityTests {
    let own = DaemonIdentity.ofThisProcess(host: "here", version: "test")

    @Test func `this process is not gone, and is the same daemon each time it is asked`() {
        #expect(DaemonIdentity.hasExited(own.instance) == false)
        #expect(own == DaemonIdentity.ofThisProcess(host: "here", version: "test"))
        #expect(own.instance.count <= 64)
    }

    @Test func `a process of the same pid that started at another time is another one`() throws {
        let parts = own.instance.split(separator: "-")
        #expect(DaemonIdentity.hasExited("\(parts[0])-\(parts[1])-1") == true)
        #expect(DaemonIdentity.hasExited("\(parts[0])-4194304-1") == true, "above any pid_max")
    }

    @Test(arguments: ["otherboot.1-1-1", "", "x", "a-b-c-d"])
    func `of another machine, or of a name that tells nothing, it can't be told`(instance: String) {
        #expect(DaemonIdentity.hasExited(instance) == nil)
    }
}
