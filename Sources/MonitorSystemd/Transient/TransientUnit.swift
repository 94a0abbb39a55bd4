internal import MonitorCore
internal import MonitorIO
internal import MonitorLinux

/// A unit made for one program, which systemd forgets when the program has ended.
struct TransientUnit: Sendable {
    let name: String
    let processName: ProcessName

    /// - Parameter token: makes the name unique: that of an earlier copy may still be taken.
    init(for processName: ProcessName, token: UInt64 = .random(in: .min ... .max)) {
        self.processName = processName
        name = "\(LaunchMark.unitPrefix(of: processName))-\(String(token, radix: 16)).service"
    }

    /// Whether a unit is of this kind.
    static func isOurs(_ unit: String) -> Bool { unit.hasPrefix(LaunchMark.unitPrefix) }
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
            if let attributes = launch.attributes { try write(attributes, of: launch, to: message) }
        }
        // No other units with it.
        try message.append(.array, of: "(sa(sv))") {}
    }

    private func writeIdentity(to message: borrowing BusMessage) throws(BusError) {
        try message.append(property: "Description", "\(processName), started by Process Monitor")
        // One place to see and to limit them all, away from monitord's own control group.
        try message.append(property: "Slice", LaunchMark.slice)
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

    /// What the process had inherited besides, as far as systemd would give it something else.
    private func write(
        _ attributes: LaunchSpec.Attributes, of launch: LaunchSpec, to message: borrowing BusMessage
    ) throws(BusError) {
        try message.append(property: "UMask", unsigned: attributes.umask)
        try message.append(property: "Nice", attributes.nice)
        try message.append(property: "OOMScoreAdjust", attributes.outOfMemoryAdjustment)
        if attributes.schedulingPolicy != 0 {
            try message.append(property: "CPUSchedulingPolicy", attributes.schedulingPolicy)
            try message.append(property: "CPUSchedulingPriority", attributes.schedulingPriority)
        }
        if attributes.ioPriority != 0 {
            // The class is in the upper bits (`ioprio_set(2)`).
            try message.append(property: "IOSchedulingClass", attributes.ioPriority >> 13)
            try message.append(property: "IOSchedulingPriority", attributes.ioPriority & 0x1FFF)
        }
        if let cpus = attributes.cpus { try message.append(property: "CPUAffinity", cpus) }
        if attributes.hasNoNewPrivileges { try message.append(property: "NoNewPrivileges", true) }
        try message.append(property: "CapabilityBoundingSet", attributes.capabilityBounds)
        for limit in attributes.limits {
            guard Self.limits.indices.contains(Int(limit.resource)) else { continue }
            let name = "Limit\(Self.limits[Int(limit.resource)])"
            try message.append(property: name, limit.hard)
            try message.append(property: "\(name)Soft", limit.soft)
        }
        // systemd opens them as root, so a user must not be able to have put another file in their place.
        let isRoot = launch.credentials.map { $0.uid == 0 } ?? true
        if let output = attributes.output, isRoot || FilePlace.isRoots(output) {
            try message.append(property: "StandardOutputFileToAppend", output)
        }
        if let output = attributes.errorOutput, isRoot || FilePlace.isRoots(output) {
            try message.append(property: "StandardErrorFileToAppend", output)
        }
    }

    /// In the order of the kernel's numbers (`getrlimit(2)`).
    private static let limits = [
        "CPU", "FSIZE", "DATA", "STACK", "CORE", "RSS", "NPROC", "NOFILE", "MEMLOCK", "AS", "LOCKS", "SIGPENDING",
        "MSGQUEUE",
        "NICE", "RTPRIO", "RTTIME",
    ]

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

    fileprivate func append(property: String, unsigned value: UInt32) throws(BusError) {
        try append(property: property, of: "u") { () throws(BusError) in try append(value) }
    }

    fileprivate func append(property: String, _ value: Int32) throws(BusError) {
        try append(property: property, of: "i") { () throws(BusError) in try append(value) }
    }

    fileprivate func append(property: String, _ value: UInt64) throws(BusError) {
        try append(property: property, of: "t") { () throws(BusError) in try append(value) }
    }

    fileprivate func append(property: String, _ bytes: [UInt8]) throws(BusError) {
        try append(property: property, of: "ay") { () throws(BusError) in
            try append(.array, of: "y") { () throws(BusError) in
                for byte in bytes { try append(byte) }
            }
        }
    }

    fileprivate func append(property: String, _ values: [String]) throws(BusError) {
        try append(property: property, of: "as") { () throws(BusError) in try append(values) }
    }
}
