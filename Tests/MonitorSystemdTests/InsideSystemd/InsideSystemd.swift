import TestSupport
import Testing

/// The suites that talk to a real systemd; one test at a time, as they reload its configuration and measure it.
@Suite(.insideSystemdBox, .serialized, .timeLimit(.minutes(4)))
enum InsideSystemd {}
