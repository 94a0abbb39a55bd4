import Testing

@testable import MonitorSystemd

@Suite struct UnitVerdictTests {
    typealias Detail = UnitEnd.Detail

    private static let old: [UInt8] = [1]
    private static let new: [UInt8] = [2]

    private func verdict(
        _ job: String?, _ activeState: String, _ invocation: [UInt8], _ detail: Detail? = Detail(),
        before: [UInt8]? = old
    ) -> UnitVerdict {
        UnitVerdict(
            job: job, invocationBefore: before,
            end: UnitEnd(activeState: activeState, invocationID: invocation, detail: detail))
    }

    @Test(arguments: ["active", "reloading"], ["done", "skipped", nil])
    func `a unit that runs in a new invocation was restarted`(state: String, job: String?) {
        #expect(verdict(job, state, Self.new, nil) == .runs)
    }

    @Test func `a unit that runs as before was not`() {
        #expect(verdict("done", "active", Self.old, nil) == .failed("systemd left it as it was (done)"))
        #expect(verdict("done", "active", [], nil) == .failed("systemd left it as it was (done)"))
    }

    @Test func `after somebody else's start, running is enough`() {
        #expect(verdict("done", "active", Self.old, nil, before: nil) == .runs)
    }

    @Test func `a job that somebody cancelled says nothing`() {
        #expect(verdict("canceled", "active", Self.new, nil) == .replaced)
        #expect(verdict("canceled", "failed", Self.old) == .replaced)
    }

    @Test func `a oneshot unit that ended well did its work`() {
        let oneshot = Detail(type: "oneshot")
        #expect(verdict("done", "inactive", Self.new, oneshot) == .ranToItsEnd)
        #expect(verdict("done", "inactive", [], oneshot) == .ranToItsEnd)
        #expect(verdict("done", "inactive", Self.old, oneshot) == .failed("systemd did not run it"))
        #expect(verdict("done", "inactive", Self.new) == .failed("it ended at once, without an error"))
    }

    @Test(arguments: [
        ("done", Detail(conditionFailed: true)), ("assert", Detail()), ("failed", Detail(result: "exec-condition")),
    ])
    func `a unit whose conditions do not hold is not wanted`(job: String, detail: Detail) {
        guard case .notWanted = verdict(job, "inactive", Self.old, detail) else {
            Issue.record("\(verdict(job, "inactive", Self.old, detail))")
            return
        }
    }

    @Test(arguments: [
        ("failed", Detail(result: "exit-code", mainCode: 1, mainStatus: 3), "it exited with 3"),
        ("failed", Detail(result: "signal", mainCode: 2, mainStatus: 9), "it was killed by SIGKILL"),
        ("failed", Detail(result: "signal", mainCode: 2, mainStatus: 60), "it was killed by signal 60"),
        ("failed", Detail(result: "core-dump", mainCode: 3, mainStatus: 11), "it crashed with SIGSEGV"),
        ("failed", Detail(result: "exit-code"), "it failed in a command other than its main one"),
        ("failed", Detail(result: "a-new-word"), "its result is 'a-new-word'"),
        ("timeout", Detail(), "its job took longer than JobTimeoutSec= allows"),
        ("invalid", Detail(), "systemd reports 'invalid'"), ("a-new-word", Detail(), "systemd reports 'a-new-word'"),
        ("dependency", Detail(), "a unit that it needs could not be started"),
    ])
    func `any other end is a failure, with its reason`(job: String, detail: Detail, reason: String) {
        #expect(verdict(job, "failed", Self.new, detail) == .failed(reason))
    }

    @Test func `a unit that systemd keeps starting has failed`() {
        let detail = Detail(subState: "auto-restart", result: "exit-code", mainCode: 1, mainStatus: 1)
        #expect(verdict("done", "activating", Self.new, detail) == .failed("it exited with 1 (systemd keeps trying)"))
    }
}
