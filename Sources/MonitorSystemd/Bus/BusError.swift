internal import Glibc

/// Why a call over D-Bus failed.
struct BusError: Error, Sendable, Equatable, CustomStringConvertible {
    enum Kind: Sendable, Equatable {
        /// There is no connection: the call was not carried out.
        case unreachable
        /// The connection broke or the time limit passed before the answer: whether it was carried out is unknown.
        case unanswered
        /// The task that waited was cancelled.
        case cancelled
        /// The answer is an error; its D-Bus name.
        case refused(name: String)
        /// The message can't be written or read: an argument that D-Bus has no form for, a reply of another type.
        case malformed
    }

    var kind: Kind
    /// What the other side or the library said, for a person.
    var reason: String

    init(_ kind: Kind, _ reason: String) {
        self.kind = kind
        self.reason = reason
    }

    static let cancelled = BusError(.cancelled, "the wait was cut off")

    /// An error that libsystemd returned as a negative `errno`.
    init(result: CInt) {
        let kind: Kind =
            switch -result {
            case ENOENT, ECONNREFUSED, ENOTCONN, EACCES, EPERM: .unreachable
            case ECONNRESET, ECONNABORTED, EPIPE, ESHUTDOWN, ETIMEDOUT: .unanswered
            default: .malformed
            }
        self.init(kind, String(cString: strerror(-result)))
    }

    /// An error that arrived as a message, or that sd-bus made up in its place.
    ///
    /// - SeeAlso: `sd-bus-errors(3)`
    init(name: String, message: String) {
        // What sd-bus and the bus daemon say in place of a reply that won't come.
        let unanswered = name == "org.freedesktop.DBus.Error.NoReply" || name == "org.freedesktop.DBus.Error.Timeout"
        let kind: Kind = unanswered ? .unanswered : .refused(name: name)
        self.init(kind, message.isEmpty ? name : message)
    }

    var description: String { reason }

    static let noSuchUnit = BusError(
        .refused(name: "org.freedesktop.systemd1.NoSuchUnit"), "its name can't be that of a unit")

    /// systemd's ways of saying that there is no unit of a name, or that it can't be a unit's.
    var meansNoSuchUnit: Bool {
        kind == Self.noSuchUnit.kind || kind == .refused(name: "org.freedesktop.DBus.Error.InvalidArgs")
    }
}

/// Turns the result of a call into libsystemd into an error.
@discardableResult
func check(_ result: CInt) throws(BusError) -> CInt {
    guard result >= 0 else { throw BusError(result: result) }
    return result
}
