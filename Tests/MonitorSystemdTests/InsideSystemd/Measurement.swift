import Foundation

/// How much is measured: little in an ordinary run, much with `MONITOR_MEASURE=1`.
enum Measurement {
    private static var isAskedFor: Bool { ProcessInfo.processInfo.environment["MONITOR_MEASURE"] == "1" }

    static var repetitions: Int { isAskedFor ? 200 : 20 }
    static var storm: Int { isAskedFor ? 1000 : 50 }

    static func text(_ ratio: Double) -> String { String(format: "%.2f", ratio) }
}
