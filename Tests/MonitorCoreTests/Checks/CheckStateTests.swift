import MonitorCore
import Testing

/// The results of one check, one a second: `p`assed, `f`ailed, `?` unknown; what it stands at after each, `-` for nothing.
struct CheckStory: Sendable, CustomTestStringConvertible {
    var words: String
    var threshold = 3
    var grace = 0
    var results: String
    var standings: String

    var testDescription: String { words }
}

@Suite struct CheckStateTests {
    private static let stories = [
        CheckStory(words: "one pass is enough", results: "p", standings: "p"),
        CheckStory(words: "so many failures in a row", results: "fff", standings: "--f"),
        CheckStory(words: "a pass between them begins anew", results: "ffpfff", standings: "--pppf"),
        CheckStory(words: "one pass ends a failure", results: "fffpf", standings: "--fpp"),
        CheckStory(words: "a threshold of 1 is the first failure", threshold: 1, results: "pfp", standings: "pfp"),
        CheckStory(
            words: "failures before the end of grace count for nothing", grace: 3, results: "ffffff",
            standings: "-----f"),
        CheckStory(words: "a pass counts during grace", grace: 3, results: "pf", standings: "pp"),
        CheckStory(
            words: "what tells nothing neither adds to failures nor ends their row", results: "f?f?f",
            standings: "----f"),
        CheckStory(words: "what tells nothing again and again is unknown", results: "p???", standings: "ppp?"),
        CheckStory(words: "what has failed stays so when nothing is told", results: "fff???", standings: "--ffff"),
        CheckStory(words: "what is unknown may pass, and fail", results: "???pfff", standings: "--?pppf"),
    ]

    @Test("counts results", arguments: stories)
    func countsResults(story: CheckStory) throws {
        var spec = CheckSpec(name: try ProcessName("web"), process: try ProcessName("web"), kind: .unix(path: "/s"))
        spec.threshold = story.threshold
        spec.grace = .seconds(story.grace)
        let begin = Timestamp(milliseconds: 0)
        var state = CheckState(spec, startedAt: begin)
        var standings = ""
        for (second, letter) in story.results.enumerated() {
            let before = state.standing
            let result: CheckResult = letter == "p" ? .passed("p") : letter == "f" ? .failed("f") : .unknown("?")
            let isChanged = state.record(result, at: begin + .seconds(second))
            #expect(isChanged == (before != state.standing))
            if isChanged { #expect(state.since == begin + .seconds(second) && state.message == String(letter)) }
            standings += state.standing.map { $0 == .passed ? "p" : $0 == .failed ? "f" : "?" } ?? "-"
        }
        #expect(standings == story.standings)
    }

    private func isNews(_ result: CheckResult, _ moment: Timestamp, _ state: inout CheckState) -> Bool {
        state.record(result, at: moment)
    }

    private func state(threshold: Int = 1, grace: Duration = .seconds(30)) throws -> CheckState {
        var spec = CheckSpec(name: try ProcessName("web"), process: try ProcessName("web"), kind: .process)
        spec.threshold = threshold
        spec.grace = grace
        return CheckState(spec, startedAt: Timestamp(milliseconds: 0))
    }

    @Test("a process that was just started has its grace") func graceAfterStart() throws {
        var state = try state(threshold: 2)
        let late = Timestamp(milliseconds: 100_000)
        #expect(isNews(.failed("down"), late, &state) == false)
        #expect(state.wouldFail(at: late))
        state.processStarted(at: late)
        #expect(!state.wouldFail(at: late + .seconds(29)))
        #expect(isNews(.failed("down"), late + .seconds(29), &state) == false)
        // And what it had failed at before is forgotten.
        #expect(isNews(.failed("down"), late + .seconds(30), &state) == false)
        #expect(isNews(.failed("down"), late + .seconds(31), &state) == true)
        // An earlier start takes no grace away.
        state.processStarted(at: late + .seconds(60))
        state.processStarted(at: late)
        #expect(!state.isFailing(at: late + .seconds(89)))
    }

    @Test("takes over how it stood, unless it knows better; grace holds for that too") func restored() throws {
        let record = CheckRecord(
            processID: 1, check: "web", standing: .failed, since: Timestamp(milliseconds: 5), message: "no answer")
        var state = try state()
        state.restore(record)
        #expect(state.standing == .failed && state.since == Timestamp(milliseconds: 5))
        #expect(!state.isFailing(at: Timestamp(milliseconds: 29_999)))
        #expect(state.isFailing(at: Timestamp(milliseconds: 30_000)))
        #expect(isNews(.passed("200"), Timestamp(milliseconds: 7), &state) == true)
        state.restore(record)
        #expect(state.standing == .passed)
    }

    @Test("after a recovery it begins anew, grace and threshold too") func recovered() throws {
        var state = try state(threshold: 2, grace: .seconds(5))
        let failed = Timestamp(milliseconds: 60_000)
        for _ in 1...2 { _ = state.record(.failed("old"), at: failed) }
        #expect(state.isFailing(at: failed))
        state.processRecovered(at: failed)
        #expect(state.standing == nil && !state.isFailing(at: failed + .seconds(60)))
        #expect(isNews(.failed("in grace"), failed + .seconds(4), &state) == false)
        #expect(isNews(.failed("1"), failed + .seconds(5), &state) == false)
        #expect(isNews(.failed("2"), failed + .seconds(6), &state) == true)
    }

    @Test("a file need be no newer than its writer: grace after a start is its age at least") func ageOfFile() throws {
        let name = try ProcessName("web")
        var target = FileTarget(path: "/f")
        #expect(CheckSpec(name: name, process: name, kind: .file(target)).graceAfterStart == .seconds(30))
        target.maxAge = .seconds(600)
        let spec = CheckSpec(name: name, process: name, kind: .file(target))
        #expect(spec.graceAfterStart == .seconds(600) && spec.grace == .seconds(30))
    }

    @Test("a recovery waits for as long as its checks give the process to come up") func recoverySettings() throws {
        let (web, mail) = (try ProcessName("web"), try ProcessName("mail"))
        var port = CheckSpec(name: web, process: web, kind: .tcp(TCPTarget(host: "localhost", port: 80)))
        port.grace = .seconds(45)
        var settings = EngineSettings()
        settings.checks = [port, CheckSpec(name: mail, process: mail, kind: .process)]
        #expect(settings.recoverySettings(for: web).healthCheckTimeout == .seconds(45))
        // It runs or not: that shows at once.
        #expect(settings.recoverySettings(for: mail).healthCheckTimeout == .seconds(5))
        settings.processDefaults.healthCheckTimeout = .seconds(90)
        #expect(settings.recoverySettings(for: web).healthCheckTimeout == .seconds(90))
    }

    @Test("only a pass without doubt since is quiet") func quiet() throws {
        var state = try state(threshold: 2, grace: .zero)
        let now = Timestamp(milliseconds: 0)
        #expect(!state.isQuiet)
        _ = state.record(.passed(""), at: now)
        #expect(state.isQuiet)
        _ = state.record(.failed(""), at: now)
        #expect(!state.isQuiet)
        _ = state.record(.passed(""), at: now)
        _ = state.record(.unknown(""), at: now)
        #expect(!state.isQuiet)
    }

    @Test("what events tell is certain at once, all else after three failures") func thresholds() throws {
        let name = try ProcessName("web")
        #expect(CheckSpec(name: name, process: name, kind: .process).threshold == 1)
        #expect(CheckSpec(name: name, process: name, kind: .unit(UnitName(process: name))).threshold == 1)
        #expect(CheckSpec(name: name, process: name, kind: .unix(path: "/s")).threshold == 3)
    }
}
