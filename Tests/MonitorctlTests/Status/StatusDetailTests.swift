internal import TestSupport
internal import Testing

@testable import monitorctl

// swift-format-ignore-file: a screen is as wide as it is.

@Suite struct StatusDetailTests {
    @Test("a block a process, with everything that is known of it")
    func detail() {
        #expect(
            Fixtures.details(Fixtures.all, Fixtures.page(width: 80))
                == #"""
                mysqld (process 2)
                  State         BREAKER OPEN, next try in 4 min
                  Alarm         raised 11:57:05 (30 min ago)
                  Note          Failed 12:01:05: 2 attempts: unit mysqld.service: exit code 1,
                                disk full? 次の試行は十二時三十一分
                  Breaker       open until 12:31:10 (in 4 min), after 3 failures in a row
                  Last outcome  failed 12:01:19 (26 min ago), 2 attempts in 14.3 s
                  Detail        attempt 1: unit mysqld.service: exit code 1
                                attempt 2: unit mysqld.service: exit code 1
                  Next          one trial in 4 min; `monitorctl reset mysqld` closes the breaker
                                now

                a; touch /x\u{1b}[2J (process 7)
                  State         ALARM, REFUSED
                  Alarm         raised 2026-02-26 12:27:05 (3 days ago)
                  Note          refused: the name has a character other than A-Z a-z 0-9 _ . @ :
                                + -
                  Next          nothing, until the cause is mended: the note says why

                日本語サービス (process 8)
                  State         ALARM, REFUSED
                  Alarm         raised 12:17:05 (10 min ago)
                  Last outcome  refused 12:17:15 (10 min ago)
                  Next          nothing, until the cause is mended: the note says why

                worker-backend (process 4)
                  State         ALARM for 3 min
                  Alarm         raised 12:24:05 (3 min ago)
                  Note          queue stuck
                  Next          next attempt at the next poll, within 5 min

                indexer (process 5)
                  State         RECOVERING for 12 s
                  Alarm         raised 12:26:45 (20 s ago)
                  Note          Restarting
                  Next          the recovery ends within 5 min; `monitorctl cancel indexer` ends
                                it now, and clears the alarm

                backup (process 6)
                  State         HELD by anna, 2 h left
                  Hold          since 11:27:05 (1 h ago), by anna, until 14:27:05 (in 2 h): tape
                                change

                httpd (process 3)
                  State         OK
                  Note          Recovered 12:22:05 by restarting unit httpd.service, attempt 1
                                of 2, healthy after 1.2 s, all ok
                  Last outcome  recovered 12:22:06 (5 min ago), 1 attempt in 1.2 s
                  Detail        unit httpd.service restarted

                sshd (process 1)
                  State         OK

                """#)
    }
}
