internal import Glibc

/// Random numbers that come again: from a seed, which a test tells when it fails.
///
/// `MONITOR_TEST_SEED` sets it. The numbers are those of SplitMix64.
public struct SeededGenerator: RandomNumberGenerator {
    public let seed: UInt64
    private var state: UInt64

    public init(seed: UInt64) { (self.seed, state) = (seed, seed) }

    public init() {
        let given = getenv("MONITOR_TEST_SEED").flatMap { UInt64(String(cString: $0)) }
        self.init(seed: given ?? .random(in: 0 ... .max))
    }

    public mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }
}
