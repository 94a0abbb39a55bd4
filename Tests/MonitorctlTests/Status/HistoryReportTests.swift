internal import MonitorStatus
internal import TestSupport
internal import Testing

@testable import monitorctl

// swift-format-ignore-file: a screen is as wide as it is.

@Suite struct HistoryReportTests {
    @Test("at 80 columns, what happened stands below")
    func history80() {
        #expect(
            Fixtures.history.table(Fixtures.page(width: 80)).text
                == #"""
                ENDED                           NAME            WHAT       TOOK
                12:22:06 (5 min ago)            httpd           recovered  1.2 s
                    unit httpd.service restarted
                12:01:19 (26 min ago)           mysqld          failed     14.3 s, 2 attempts
                    attempt 1: unit mysqld.service: exit code 1
                    attempt 2: unit mysqld.service: exit code 1
                11:27:05 (1 h ago)              backup          held       -
                    by anna: tape change
                2026-02-28 11:27:05 (25 h ago)  日本語サービス  refused    -
                    name refused\u{1b}]0;title\u{7}

                """#)
    }

    @Test("at 160 columns, beside")
    func history160() {
        #expect(
            Fixtures.history.table(Fixtures.page(width: 160)).text
                == #"""
                ENDED                           NAME            WHAT       TOOK                DETAIL
                12:22:06 (5 min ago)            httpd           recovered  1.2 s               unit httpd.service restarted
                12:01:19 (26 min ago)           mysqld          failed     14.3 s, 2 attempts  attempt 1: unit mysqld.service: exit code 1
                                                                                               attempt 2: unit mysqld.service: exit code 1
                11:27:05 (1 h ago)              backup          held       -                   by anna: tape change
                2026-02-28 11:27:05 (25 h ago)  日本語サービス  refused    -                   name refused\u{1b}]0;title\u{7}

                """#)
    }

    @Test("into a pipe goes a line an entry")
    func historypipe() {
        #expect(
            Fixtures.history.table(Fixtures.page(width: nil)).text
                == #"""
                12:22:06 (5 min ago)            httpd           recovered  1.2 s               unit httpd.service restarted
                12:01:19 (26 min ago)           mysqld          failed     14.3 s, 2 attempts  attempt 1: unit mysqld.service: exit code 1; attempt 2: unit mysqld.service: exit code 1
                11:27:05 (1 h ago)              backup          held       -                   by anna: tape change
                2026-02-28 11:27:05 (25 h ago)  日本語サービス  refused    -                   name refused\u{1b}]0;title\u{7}

                """#)
    }
}
