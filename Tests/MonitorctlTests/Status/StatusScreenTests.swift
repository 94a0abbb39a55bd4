internal import MonitorCore
internal import MonitorStatus
internal import TestSupport
internal import Testing

@testable import monitorctl

// swift-format-ignore-file: a screen is as wide as it is.

/// Screens as they look on a terminal, to be compared by eye.
@Suite struct StatusScreenTests {
    @Test("at 80 columns, the notes stand below their processes")
    func status80() {
        #expect(
            StatusScreen(Fixtures.report(), Fixtures.page(width: 80)).text
                == #"""
                monitord 1.0.0 on web1 is running, last heartbeat 4 s ago (12:27:01)

                NAME                  STATE                            LAST OUTCOME
                mysqld                BREAKER OPEN, next try in 4 min  failed 26 min ago
                    Failed 12:01:05: 2 attempts: unit mysqld.service: exit code 1, disk full?
                    次の試行は十二時三十一分
                a; touch /x\u{1b}[2J  ALARM, REFUSED                   -
                    refused: the name has a character other than A-Z a-z 0-9 _ . @ : + -
                日本語サービス        ALARM, REFUSED                   refused 10 min ago
                worker-backend        ALARM for 3 min                  -
                    queue stuck
                indexer               RECOVERING for 12 s              -
                    Restarting
                backup                HELD by anna, 2 h left           -
                    held: tape change
                httpd                 OK                               recovered 5 min ago
                    Recovered 12:22:05 by restarting unit httpd.service, attempt 1 of 2, health…
                sshd                  OK                               -

                8 processes: 5 in alarm (1 breaker open, 2 refused), 1 held, 2 ok

                """#)
    }

    @Test("at 160 columns, the notes stand beside, and moments are told as times of day too")
    func status160() {
        #expect(
            StatusScreen(Fixtures.report(), Fixtures.page(width: 160)).text
                == #"""
                monitord 1.0.0 on web1 is running, last heartbeat 4 s ago (12:27:01)

                NAME                  STATE                                       LAST OUTCOME                    NOTE
                mysqld                BREAKER OPEN, next try 12:31:10 (in 4 min)  failed 12:01:19 (26 min ago)    Failed 12:01:05: 2 attempts: unit mysqld.service: exit code 1,
                                                                                                                  disk full? 次の試行は十二時三十一分
                a; touch /x\u{1b}[2J  ALARM, REFUSED                              -                               refused: the name has a character other than A-Z a-z 0-9 _ . @
                                                                                                                  : + -
                日本語サービス        ALARM, REFUSED                              refused 12:17:15 (10 min ago)
                worker-backend        ALARM for 3 min (since 12:24:05)            -                               queue stuck
                indexer               RECOVERING for 12 s (since 12:26:53)        -                               Restarting
                backup                HELD by anna until 14:27:05 (in 2 h)        -                               held: tape change
                httpd                 OK                                          recovered 12:22:06 (5 min ago)  Recovered 12:22:05 by restarting unit httpd.service, attempt …
                sshd                  OK                                          -

                8 processes: 5 in alarm (1 breaker open, 2 refused), 1 held, 2 ok

                """#)
    }

    @Test("into a pipe go the processes alone, a line each, nothing cut")
    func pipe() {
        #expect(
            StatusScreen(Fixtures.report(), Fixtures.page(width: nil)).text
                == #"""
                mysqld                BREAKER OPEN, next try 12:31:10 (in 4 min)  failed 12:01:19 (26 min ago)    Failed 12:01:05: 2 attempts: unit mysqld.service: exit code 1, disk full? 次の試行は十二時三十一分
                a; touch /x\u{1b}[2J  ALARM, REFUSED                              -                               refused: the name has a character other than A-Z a-z 0-9 _ . @ : + -
                日本語サービス        ALARM, REFUSED                              refused 12:17:15 (10 min ago)
                worker-backend        ALARM for 3 min (since 12:24:05)            -                               queue stuck
                indexer               RECOVERING for 12 s (since 12:26:53)        -                               Restarting
                backup                HELD by anna until 14:27:05 (in 2 h)        -                               held: tape change
                httpd                 OK                                          recovered 12:22:06 (5 min ago)  Recovered 12:22:05 by restarting unit httpd.service, attempt 1 of 2, healthy after 1.2 s, all ok
                sshd                  OK                                          -

                """#)
    }

    @Test("no line is wider than its page", arguments: [76, 80, 100, 120, 140, 160, 200])
    func widths(width: Int) {
        let widest = StatusScreen(Fixtures.report(), Fixtures.page(width: width)).lines.map(\.displayWidth).max() ?? 0
        #expect(widest <= width)
    }

    @Test("at 40 columns, nothing is broken inside a word that fits")
    func narrow() {
        let page = Fixtures.page(width: 40)
        let screen = StatusScreen(Fixtures.report(), page).lines
        #expect(
            screen[3...9].map(\.self) == [
                "mysqld", "    BREAKER OPEN, next try in 4 min", "    failed 26 min ago",
                "    Failed 12:01:05: 2 attempts: unit", "    mysqld.service: exit code 1, disk",
                "    full? 次の試行は十二時三十一分", "a; touch /x\\u{1b}[2J",
            ])
        for text in [screen, Fixtures.history.table(page).rowLines.flatMap(\.self)] {
            #expect(text.allSatisfy { $0.displayWidth <= 40 })
        }
    }

    @Test(
        "a daemon that is not running is told loudly",
        arguments: [
            (nil, "monitord on web1 is NOT RUNNING: it was never seen here"),
            (Fixtures.beat(.stopped), "monitord on web1 is NOT RUNNING: it was stopped 4 s ago (12:27:01)"),
            (Fixtures.beat(due: .seconds(-1)), "monitord on web1 is NOT RUNNING: last heartbeat 2 min ago (12:25:34)"),
        ])
    func daemon(beat: Heartbeat?, headline: String) {
        let page = Page(width: 80, colours: true, times: Fixtures.page(width: 80).times)
        let first = StatusScreen(Fixtures.report(beat: beat), page).lines.first
        #expect(first == "\u{1B}[1;31m\(headline)\u{1B}[0m")
    }

    @Test("without processes it says how to add one")
    func empty() {
        let screen = StatusScreen(Fixtures.report([]), Fixtures.page(width: 80))
        #expect(screen.lines.last == "no processes are monitored; monitorctl process add NAME adds one")
        #expect(StatusScreen(Fixtures.report([]), Fixtures.page(width: nil)).text == "")
    }

    @Test("a screen too low shows the most urgent processes, each whole, and counts the rest")
    func fitting() {
        let screen = StatusScreen(Fixtures.report(), Fixtures.page(width: 80))
        #expect(screen.lines(fitting: 100) == screen.lines)
        let lines = screen.lines(fitting: 12)
        #expect(lines.count <= 12)
        #expect(lines[3].hasPrefix("mysqld"))
        #expect(lines.contains("… and 5 more"))
        #expect(lines.last == screen.lines.last)
        #expect(screen.lines(fitting: 2).count == 2)
    }
}
