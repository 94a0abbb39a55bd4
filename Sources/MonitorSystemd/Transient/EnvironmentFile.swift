internal import Glibc
internal import MonitorIO

/// The environment of a program that systemd is to start, in a file for the moment of the start.
///
/// A unit's `Environment=` can be read by every user of the machine, and environments hold passwords; this file can be
/// read by its owner and by systemd, and is gone when this value is.
package struct EnvironmentFile: ~Copyable {
    let path: String

    /// Writes the file.
    ///
    /// - Parameters:
    ///   - variables: `NAME=value` each. What systemd can't take is left out.
    ///   - directory: made, for this user alone, where it is missing.
    /// - Throws: ``BusError`` with what the system said.
    init(_ variables: [[UInt8]], in directory: String) throws(BusError) {
        do {
            try makeDirectories(directory, mode: 0o700)
        } catch {
            throw Self.failure("make directory '\(directory)'", error)
        }
        let path = "\(directory)/environment-\(String(UInt64.random(in: .min ... .max), radix: 16))"
        try Self.write(Self.render(variables), to: path)
        self.path = path
    }

    deinit { unlink(path) }

    private static func write(_ bytes: [UInt8], to path: String) throws(BusError) {
        do throws(SystemError) {
            let file = try OwnedDescriptor(opening: path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW)
            do throws(SystemError) {
                try file.write(bytes)
            } catch {
                unlink(path)
                throw error
            }
        } catch {
            throw failure("write file '\(path)'", error)
        }
    }

    private static func failure(_ attempt: String, _ error: SystemError) -> BusError {
        BusError(.malformed, "cannot \(attempt): \(error.reason)")
    }
}

// MARK: - Format

extension EnvironmentFile {
    /// The file's bytes: a line for each variable, its value quoted.
    ///
    /// - SeeAlso: `systemd.exec(5)`, `EnvironmentFile=`
    package static func render(_ variables: [[UInt8]]) -> [UInt8] {
        var bytes: [UInt8] = []
        for variable in variables {
            guard let equals = variable.firstIndex(of: UInt8(ascii: "=")) else { continue }
            let (name, value) = (variable[..<equals], variable[(equals + 1)...])
            guard isAccepted(name: name), isAccepted(value: value) else { continue }
            bytes += name
            bytes += [UInt8(ascii: "="), UInt8(ascii: "\"")]
            for byte in value {
                if "\"\\`$".utf8.contains(byte) { bytes.append(UInt8(ascii: "\\")) }
                bytes.append(byte)
            }
            bytes += [UInt8(ascii: "\""), UInt8(ascii: "\n")]
        }
        return bytes
    }

    /// Letters, digits and `_`, no digit first.
    private static func isAccepted(name: ArraySlice<UInt8>) -> Bool {
        guard let first = name.first, !(UInt8(ascii: "0")...UInt8(ascii: "9")).contains(first) else { return false }
        return name.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"):
                true
            default: false
            }
        }
    }

    /// systemd refuses a file with anything but text in it.
    private static func isAccepted(value: ArraySlice<UInt8>) -> Bool {
        String(validating: value, as: UTF8.self) != nil
            && value.allSatisfy { $0 >= 0x20 && $0 != 0x7F || $0 == UInt8(ascii: "\t") || $0 == UInt8(ascii: "\n") }
    }
}
