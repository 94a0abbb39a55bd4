extension Duration {
    /// For Dispatch: whole nanoseconds, saturating, never negative.
    var nanoseconds: Int { Int(clamping: scaled(perSecond: 1_000_000_000)) }

    /// For systemd: whole microseconds, saturating, never negative.
    var microseconds: UInt64 { scaled(perSecond: 1_000_000) }

    /// What systemd says in microseconds; nil for its "infinity".
    init?(systemdMicroseconds: UInt64) {
        guard systemdMicroseconds != .max else { return nil }
        self = .microseconds(Int64(clamping: systemdMicroseconds))
    }

    private func scaled(perSecond: UInt64) -> UInt64 {
        guard self > .zero else { return 0 }
        let (seconds, attoseconds) = components
        let (whole, overflow) = UInt64(seconds).multipliedReportingOverflow(by: perSecond)
        guard !overflow else { return .max }
        let (sum, carried) = whole.addingReportingOverflow(
            UInt64(attoseconds) / (1_000_000_000_000_000_000 / perSecond))
        return carried ? .max : sum
    }
}
