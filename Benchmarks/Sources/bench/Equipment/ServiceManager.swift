import CLibraries
import Glibc

/// systemd, by the shortest way there is: its own socket, one blocking call at a time.
final class ServiceManager {
    private static let name = "org.freedesktop.systemd1"
    private static let path = "/org/freedesktop/systemd1"
    private static let manager = "org.freedesktop.systemd1.Manager"

    private var bus: OpaquePointer?
    /// Which jobs have ended and were not asked for yet.
    private var ended: [(job: String, unit: String, result: String)] = []

    init() throws {
        try check(sd_bus_new(&bus), "make a bus")
        try check(sd_bus_set_address(bus, "unix:path=/run/systemd/private"), "set the address of systemd")
        try check(sd_bus_start(bus), "connect to systemd")
        let handler: sd_bus_message_handler_t = { message, me, _ in
            let manager = Unmanaged<ServiceManager>.fromOpaque(me!).takeUnretainedValue()
            var id: UInt32 = 0
            sd_bus_message_read_basic(message, type("u"), &id)
            manager.ended.append((text(of: message, "o"), text(of: message, "s"), text(of: message, "s")))
            return 0
        }
        let me = Unmanaged.passUnretained(self).toOpaque()
        try check(sd_bus_match_signal(bus, nil, nil, Self.path, Self.manager, "JobRemoved", handler, me), "match")
        sd_bus_message_unref(try call("Subscribe"))
    }

    deinit { sd_bus_flush_close_unref(bus) }

    // MARK: Restarting

    /// Has a unit restarted, or started.
    ///
    /// - Returns: the job.
    func restart(_ unit: String) throws -> String {
        let reply = try call("RestartUnit", unit, "replace")
        defer { sd_bus_message_unref(reply) }
        return text(of: reply, "o")
    }

    /// Has many units restarted, so many at a time; returns when all of them are.
    func restart(_ units: [String], atATime limit: Int) throws {
        var waiting = units[...]
        var running = Set<String>()
        while !waiting.isEmpty || !running.isEmpty {
            while running.count < limit, let unit = waiting.popFirst() { running.insert(try restart(unit)) }
            running.remove(try nextEnd().job)
        }
    }

    /// Waits until a restart of a unit has succeeded, by whomever it was asked for.
    func waitForRestart(of unit: String, seconds: Double = 20) throws {
        while true {
            let end = try nextEnd(seconds: seconds)
            guard end.unit == unit else { continue }
            guard end.result == "done" else { throw Failure("the restart of '\(unit)' ended with '\(end.result)'") }
            return
        }
    }

    /// Forgets what has ended until now.
    func forget() throws {
        while try processOne() {}
        ended = []
    }

    private func nextEnd(seconds: Double = 60) throws -> (job: String, unit: String, result: String) {
        let limit = now() + seconds * 1000
        while ended.isEmpty {
            if try processOne() { continue }
            guard now() < limit else { throw Failure("no unit was restarted within \(Int(seconds)) s") }
            try check(sd_bus_wait(bus, 100_000), "wait for systemd")
        }
        return ended.removeFirst()
    }

    private func processOne() throws -> Bool { try check(sd_bus_process(bus, nil), "hear systemd") > 0 }

    // MARK: Looking

    /// When a unit was last active and began not to be, in milliseconds of ``now()``.
    ///
    /// systemd notes it when it carries out the first step of a restart: that the job was issued can't be later.
    func activeExit(of unit: String) throws -> Double {
        try Double(property("ActiveExitTimestampMonotonic", of: unit, "Unit", type("t"), as: UInt64(0))) / 1000
    }

    func mainPID(of unit: String) throws -> pid_t {
        pid_t(try property("MainPID", of: unit, "Service", type("u"), as: UInt32(0)))
    }

    private func property<Value: FixedWidthInteger>(
        _ name: String, of unit: String, _ interface: String, _ type: CChar, as zero: Value
    ) throws -> Value {
        var path: UnsafeMutablePointer<CChar>?
        try check(sd_bus_path_encode("\(Self.path)/unit", unit, &path), "name '\(unit)'")
        defer { free(path) }
        var value = zero
        try check(
            sd_bus_get_property_trivial(bus, Self.name, path, "\(Self.name).\(interface)", name, nil, type, &value),
            "read \(name) of '\(unit)'")
        return value
    }

    private func call(_ method: String, _ arguments: String...) throws -> OpaquePointer? {
        var call: OpaquePointer?
        try check(sd_bus_message_new_method_call(bus, &call, Self.name, Self.path, Self.manager, method), "make a call")
        defer { sd_bus_message_unref(call) }
        for argument in arguments { try check(sd_bus_message_append_basic(call, type("s"), argument), "add to a call") }
        var reply: OpaquePointer?
        try check(sd_bus_call(bus, call, 30_000_000, nil, &reply), "call \(method) \(arguments.first ?? "")")
        return reply
    }

    @discardableResult
    private func check(_ result: Int32, _ what: String) throws -> Int32 {
        guard result >= 0 else { throw Failure("cannot \(what): \(String(cString: strerror(-result)))") }
        return result
    }
}

/// D-Bus names types by characters.
private func type(_ character: Unicode.Scalar) -> CChar { CChar(character.value) }

private func text(of message: OpaquePointer?, _ kind: Unicode.Scalar) -> String {
    var text: UnsafePointer<CChar>?
    sd_bus_message_read_basic(message, type(kind), &text)
    return text.map { String(cString: $0) } ?? ""
}
