import MonitorCore
import Testing

@testable import MonitorSystemd

@Suite struct TransientUnitTests {
    @Test(arguments: [
        ("worker", "monitord-process-worker-2a.service"), ("a@b+c", "monitord-process-a\\x40b\\x2bc-2a.service"),
        ("x.service", "monitord-process-x.service-2a.service"),
    ])
    func `a name is escaped as systemd does`(process: String, unit: String) throws {
        #expect(TransientUnit(for: try ProcessName(process), token: 42).name == unit)
    }

    @Test func `the longest name fits`() throws {
        let name = try ProcessName(String(repeating: "+", count: ProcessName.maximumLength))
        #expect(TransientUnit(for: name, token: .max).name.utf8.count <= 255)
    }

    @Test func `no two are alike, and all are known as ours`() throws {
        let units = try (0..<100).map { _ in TransientUnit(for: try ProcessName("worker")).name }
        #expect(Set(units).count == 100)
        #expect(units.allSatisfy(TransientUnit.isOurs))
        #expect(!TransientUnit.isOurs("worker.service"))
    }
}
