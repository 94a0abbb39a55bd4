internal import CSystemd

/// A reference to a connection of sd-bus, closed when nobody holds it any more.
///
/// Shared by a connection and by the dispatch sources on its descriptor, which must not be closed before they have
/// been cancelled: its number could be another file's by then.
final class BusHandle: @unchecked Sendable {  // confined to the bus's queue
    let raw: OpaquePointer

    /// Begins to connect; the connection completes, or fails, as its descriptor is served.
    init(to address: BusAddress) throws(BusError) {
        var bus: OpaquePointer?
        switch address {
        case .system:
            try check(sd_bus_open_system_with_description(&bus, "process-monitor"))
        case .serviceManager:
            try check(sd_bus_new(&bus))
            do throws(BusError) {
                try check(sd_bus_set_address(bus, "unix:path=/run/systemd/private"))
                try check(sd_bus_start(bus))
            } catch {
                sd_bus_unref(bus)
                throw error
            }
        }
        guard let bus else { throw BusError(.unreachable, "sd-bus made no connection") }
        raw = bus
    }

    deinit { sd_bus_close_unref(raw) }
}

/// Where systemd is reached.
enum BusAddress: Sendable {
    /// The system bus: for every user, as far as polkit allows.
    case system
    /// systemd's own socket: for root alone, with or without a bus daemon, and without that one's limits on calls and
    /// match rules, which a thousand restarts at once exceed.
    case serviceManager
}
