import Glibc

/// Now, in milliseconds of CLOCK_MONOTONIC: the clock of systemd's own timestamps.
func now() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) * 1000 + Double(time.tv_nsec) / 1_000_000
}

func pause(milliseconds: Double) { usleep(useconds_t(milliseconds * 1000)) }

/// What one thing took, each time that it was measured.
struct Samples {
    private(set) var values: [Double] = []

    mutating func add(_ value: Double) { values.append(value) }

    /// Adds the milliseconds that something takes.
    mutating func time(_ body: () throws -> Void) rethrows {
        let start = now()
        try body()
        add(now() - start)
    }

    var summary: Summary { Summary(values.sorted()) }
}

/// Samples in brief. With few of them, p99 is the greatest.
struct Summary: Encodable {
    let n: Int
    let p50: Double
    let p99: Double

    /// - Parameter sorted: at least one value.
    init(_ sorted: [Double]) {
        n = sorted.count
        p50 = sorted[sorted.count / 2]
        p99 = sorted[min(sorted.count - 1, sorted.count * 99 / 100)]
    }

    /// Of what is measured once.
    init(_ value: Double) { self.init([value]) }
}
