internal import MonitorCore

/// All that is needed to start a program again as it was.
///
/// Arguments and environment are bytes, because the system's are: they need not be UTF-8.
public struct LaunchSpec: Sendable, Equatable, Codable {
    /// The program's absolute path.
    public var executable: String
    /// The arguments, the program's own name (`argv[0]`) first.
    public var arguments: [[UInt8]]
    /// `NAME=value` each; nil for the clean environment that commands get.
    public var environment: [[UInt8]]?
    /// nil for `/`.
    public var workingDirectory: String?
    /// Who it runs as; nil for the daemon's own user.
    public var credentials: Credentials?

    /// User, group and supplementary groups of a process.
    public struct Credentials: Sendable, Equatable, Codable {
        public var uid: UInt32
        public var gid: UInt32
        public var groups: [UInt32]

        public init(uid: UInt32, gid: UInt32, groups: [UInt32]) {
            self.uid = uid
            self.gid = gid
            self.groups = groups
        }
    }

    public init(
        executable: String, arguments: [[UInt8]], environment: [[UInt8]]? = nil, workingDirectory: String? = nil,
        credentials: Credentials? = nil
    ) {
        self.executable = executable
        self.arguments = arguments
        self.environment = environment
        self.workingDirectory = workingDirectory
        self.credentials = credentials
    }
}
