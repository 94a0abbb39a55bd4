internal import MonitorCore
internal import MonitorLinux

/// A unit made for one program, which systemd forgets when the program has ended.
struct TransientUnit: Sendable {
    private static let prefix = "monitord-process-"
    /// systemd takes unit names of up to 255 bytes.
    private static let longestEscapedName = 180

    let name: String
    let processName: ProcessName

    /// - Parameter token: makes the name unique: that of an earlier copy may still be taken.
    init(for processName: ProcessName, token: UInt64 = .random(in: .min ... .max)) {
        self.processName = processName
        name = "\(Self.prefix)\(Self.escape(processName))-\(String(token, radix: 16)).service"
    }

    /// Whether a unit is of this kind.
    static func isOurs(_ unit: String) -> Bool { unit.hasPrefix(prefix) }

    /// Writes what is not allowed in a unit's name, or means something there, in systemd's way: `\x40` for `@`.
    ///
    /// - SeeAlso: `systemd.unit(5)`, "String Escaping for Inclusion in Unit Names"
    private static func escape(_ name: ProcessName) -> String {
        var escaped = ""
        for byte in name.rawValue.utf8 {
            let isPlain = byte != UInt8(ascii: "@") && byte != UInt8(ascii: "+")
            let piece = isPlain ? String(Unicode.Scalar(byte)) : "\\x" + String(byte, radix: 16)
            guard escaped.utf8.count + piece.utf8.count <= longestEscapedName else { break }
            escaped += piece
        }
        return escaped
    }
}

// MARK: - Properties

extension TransientUnit {
    /// Writes the arguments of `StartTransientUnit`.
    ///
    /// - Parameter environmentFile: read by systemd as the program starts.
    /// - Throws: ``BusError/Kind/malformed`` for arguments that are no text: D-Bus carries nothing else.
    /// - SeeAlso: `org.freedesktop.systemd1(5)`, `systemd.service(5)`, `systemd.exec(5)`
    func write(
        _ launch: LaunchSpec, environmentFile: String?, to message: borrowing BusMessage
    ) throws(BusError) {
        try message.append(name)
        try message.append("fail")
        try message.append(.array, of: "(sv)") { () throws(BusError) in
            try writeIdentity(to: message)
            try writeLifetime(to: message)
            try writeExecution(of: launch, environmentFile: environmentFile, to: message)
        }
        // No other units with it.
        try message.append(.array, of: "(sa(sv))") {}
    }

    private func writeIdentity(to message: borrowing BusMessage) throws(BusError) {
        try message.append(property: "Description", "\(processName), started by Process Monitor")
        // One place to see and to limit them all, away from monitord's own control group.
        try message.append(property: "Slice", "system-monitord.slice")
    }

    private func writeLifetime(to message: borrowing BusMessage) throws(BusError) {
        // The start is done when the program was executed, and a program that can't be is a failed start.
        try message.append(property: "Type", "exec")
        // A program that turns itself into a daemon lives on as long as any process of it does.
        try message.append(property: "ExitType", "cgroup")
        // Else a failed unit would stay in systemd's list for ever.
        try message.append(property: "CollectMode", "inactive-or-failed")
    }

    private func writeExecution(
        of launch: LaunchSpec, environmentFile: String?, to message: borrowing BusMessage
    ) throws(BusError) {
        try message.append(property: "WorkingDirectory", launch.workingDirectory ?? "/")
        // As it is outside of systemd; services get SIGPIPE ignored.
        try message.append(property: "IgnoreSIGPIPE", false)
        if let credentials = launch.credentials {
            try message.append(property: "User", String(credentials.uid))
            try message.append(property: "Group", String(credentials.gid))
            try message.append(property: "SupplementaryGroups", credentials.groups.map { String($0) })
        }
        if let environmentFile {
            try message.append(property: "EnvironmentFiles", of: "a(sb)") { () throws(BusError) in
                try message.append(.array, of: "(sb)") { () throws(BusError) in
                    try message.append(.structure, of: "sb") { () throws(BusError) in
                        try message.append(environmentFile)
                        try message.append(false)  // it must be there
                    }
                }
            }
        }
        let arguments = try launch.arguments.map { bytes throws(BusError) in try Self.literal(bytes) }
        try message.append(property: "ExecStart", of: "a(sasb)") { () throws(BusError) in
            try message.append(.array, of: "(sasb)") { () throws(BusError) in
                try message.append(.structure, of: "sasb") { () throws(BusError) in
                    try message.append(launch.executable)
                    try message.append(arguments)
                    try message.append(false)  // a failure is one
                }
            }
        }
    }

    /// An argument in which systemd finds no variable to put a value for.
    ///
    /// `ExecStartEx` has a flag for that, but what systemd 252 writes of it into its own unit file it can't read again
    /// at a `daemon-reload`.
    private static func literal(_ bytes: [UInt8]) throws(BusError) -> String {
        guard let text = String(validating: bytes, as: UTF8.self), !bytes.contains(0) else {
            throw BusError(.malformed, "its command line is not UTF-8, which systemd can't start: set start_command")
        }
        return text.replacing("$", with: "$$")
    }
}

extension BusMessage {
    fileprivate func append(
        property: String, of signature: String, _ body: () throws(BusError) -> Void
    ) throws(BusError) {
        try append(.structure, of: "sv") { () throws(BusError) in
            try append(property)
            try append(.variant, of: signature, body)
        }
    }

    fileprivate func append(property: String, _ value: String) throws(BusError) {
        try append(property: property, of: "s") { () throws(BusError) in try append(value) }
    }

    fileprivate func append(property: String, _ value: Bool) throws(BusError) {
        try append(property: property, of: "b") { () throws(BusError) in try append(value) }
    }

    fileprivate func append(property: String, _ values: [String]) throws(BusError) {
        try append(property: property, of: "as") { () throws(BusError) in try append(values) }
    }
}
