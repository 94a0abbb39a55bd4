/// Why a store could not do what was asked.
///
/// The description is a whole sentence with the remedy where there is one, and holds no password and no bound argument.
public struct StoreError: Error, Sendable, Equatable, CustomStringConvertible {
    public enum Code: String, Sendable {
        /// The server, or the file, can't be reached; or the connection broke, so that the outcome is unknown.
        case unreachable
        /// No answer within the time limit; the outcome is unknown.
        case timedOut
        /// User, password or privileges don't suffice.
        case denied
        /// A table or column is missing, or of a version that this build doesn't know.
        case schema
        /// A deadlock, a lock held too long: to be tried again.
        case busy
        /// Read-only, full, or corrupt: the store can't write.
        case unwritable
        /// Something with that name or id exists already.
        case duplicate
        /// Anything else the server refused.
        case rejected
    }

    public var code: Code
    /// What was attempted: `cannot read the alarms`.
    public var message: String
    /// What the server or library said.
    public var reason: String

    public init(_ code: Code, _ message: String, reason: String) {
        self.code = code
        self.message = message
        self.reason = reason
    }

    public var description: String { "\(message): \(reason)" }

    /// Whether the same call may work in a moment by itself.
    public var isTransient: Bool {
        switch code {
        case .unreachable, .timedOut, .busy: true
        case .denied, .schema, .unwritable, .duplicate, .rejected: false
        }
    }
}
