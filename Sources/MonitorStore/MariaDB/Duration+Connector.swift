extension Duration {
    /// The duration for an option of Connector/C, which counts whole seconds: rounded up, at least 1, because 0 means
    /// for ever, and at most a day, because the library reckons on in milliseconds and an `int`.
    package var wholeSecondsForConnector: UInt32 {
        let (seconds, attoseconds) = components
        let roundedUp = attoseconds > 0 && seconds < .max ? seconds + 1 : seconds
        return UInt32(min(max(1, roundedUp), 86_400))
    }
}
