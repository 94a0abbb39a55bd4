internal import Glibc

extension MonitorSettings {
    /// The name under which this host's rows are kept: the one configured, else what gethostname(2) says.
    public var hostName: String {
        if let host { return host }
        // Longer than any: HOST_NAME_MAX is 64 on Linux.
        return withUnsafeTemporaryAllocation(of: CChar.self, capacity: 256) { buffer in
            buffer.initialize(repeating: 0)
            gethostname(buffer.baseAddress!, buffer.count - 1)
            return String(cString: buffer.baseAddress!)
        }
    }
}
