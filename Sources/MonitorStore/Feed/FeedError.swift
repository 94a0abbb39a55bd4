/// Why there is no change feed.
struct FeedError: Error, Equatable {
    /// A phrase for people, with what mends it.
    var reason: String
    /// It stays so until an administrator changes something; else it is a connection that broke.
    var isLasting: Bool

    init(impossible reason: String) {
        self.reason = reason
        isLasting = true
    }

    /// Of a statement or connection that failed.
    init(_ error: SQLError) {
        reason = error.reason
        isLasting = error.code == .denied
    }
}
