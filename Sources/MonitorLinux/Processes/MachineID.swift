internal import Glibc
internal import MonitorIO

/// What the operating system knows this machine by, whatever its name is.
package enum MachineID {
    /// The contents of `/etc/machine-id`; nil where there is none, as in some containers.
    package static func current(path: String = "/etc/machine-id") -> String? {
        guard let file = try? OwnedDescriptor(opening: path, O_RDONLY), let bytes = try? file.read(limit: 4096) else {
            return nil
        }
        let id = bytes.prefix { $0 != UInt8(ascii: "\n") }
        // systemd writes "uninitialized" where the first boot is still under way.
        guard id.count == 32,
            id.allSatisfy({ UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 || UInt8(ascii: "a")...UInt8(ascii: "f") ~= $0 }
            )
        else { return nil }
        return String(decoding: id, as: UTF8.self)
    }
}
