import MonitorCore
import MonitorStoreConformance
import TestSupport
import Testing

@testable import MonitorStore

@Suite struct RevisionWatchTests {
    let cleared = SteadyWallClock().now()

    /// A watch that has seen the alarm with revision 3 being cleared.
    private func watch() -> RevisionWatch {
        var watch = RevisionWatch()
        let alarm = Alarm(processID: 1, name: "web", revision: 3)
        watch.cleared(alarm.report(), at: cleared)
        return watch
    }

    @Test func `an alarm that stands again as it was cleared was not counted; that is said once`() throws {
        var watch = watch()
        let again = Alarm(processID: 1, name: "web", revision: 3, raisedAt: cleared + .seconds(-60))
        let error = try #require(throws: SQLError.self) { try watch.check([again]) }
        #expect(error.code == .schema && watch.areUncounted)
        try watch.check([again])
    }

    @Test(arguments: [
        Alarm(processID: 1, name: "web", revision: 4, raisedAt: Timestamp(milliseconds: 0)),
        Alarm(processID: 2, name: "mail", revision: 3, raisedAt: Timestamp(milliseconds: 0)),
        // Of a process that was removed and added again.
        Alarm(processID: 1, name: "web", revision: 3, raisedAt: Timestamp(milliseconds: .max)),
        Alarm(processID: 1, name: "web"),
    ])
    func `an alarm that was counted, or that nothing is known of, is none of its business`(alarm: Alarm) throws {
        var watch = watch()
        try watch.check([alarm])
        #expect(!watch.areUncounted)
    }
}
