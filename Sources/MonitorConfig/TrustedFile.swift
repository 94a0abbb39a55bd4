internal import Glibc
package import MonitorCore
internal import MonitorIO

/// A small file read whole, with what shows who else could have written it or put another in its place.
struct TrustedFile: Sendable {
    let bytes: [UInt8]
    let permissions: FilePermissions
    /// The directories and symbolic links that lead to it, from the root on.
    let way: [Step]

    /// A directory or symbolic link on the way to a file.
    struct Step: Sendable, Equatable {
        var path: String
        var isLink = false
        var permissions: FilePermissions
    }

    /// Reads a file. What was opened is what is examined: the path may be given to another file meanwhile.
    ///
    /// - Parameter limit: the most bytes that it may have.
    init(reading path: String, limit: Int) throws(Failure) {
        var way: [Step] = []
        do throws(SystemError) {
            let file = try Self.open(path, recording: &way)
            let status = try file.status()
            switch status.st_mode & S_IFMT {
            case S_IFREG: break
            case S_IFDIR: throw SystemError("open", code: EISDIR)
            default: throw SystemError("open", code: EINVAL)
            }
            permissions = FilePermissions(status)
            bytes = try file.read(limit: limit + 1)
        } catch {
            throw Failure(error)
        }
        guard bytes.count <= limit else { throw .tooLarge(limit: limit) }
        self.way = way
    }

    /// Goes to a file as the kernel does, step by step, and notes the steps.
    private static func open(_ path: String, recording way: inout [Step]) throws(SystemError) -> OwnedDescriptor {
        guard !path.isEmpty else { throw SystemError("open", code: ENOENT) }
        // O_PATH, a macro that Swift doesn't import: of a directory that may be passed, but not listed, it is enough.
        let openForPath: CInt = 0o10_000_000
        var place = ""
        var directory = try OwnedDescriptor(opening: "/", openForPath)
        way.append(Step(path: "/", permissions: FilePermissions(try directory.status())))
        // The last is the next. A relative path begins at the working directory, which has to be safe as well.
        var names: [Substring] = Array(
            (path.isAbsolutePath ? path : try workingDirectory() + "/" + path).split(separator: "/").reversed())
        var links = 0
        while let name = names.popLast() {
            if name == "." { continue }
            let next = try directory.opening(String(name), openForPath | O_NOFOLLOW)
            let status = try next.status()
            let parent = place
            place =
                name == ".."
                ? String(place.prefix(upTo: place.lastIndex(of: "/") ?? place.startIndex)) : "\(place)/\(name)"
            switch status.st_mode & S_IFMT {
            case S_IFLNK:
                links += 1
                // The kernel's own limit (path_resolution(7)).
                guard links <= 40 else { throw SystemError("open", code: ELOOP) }
                way.append(Step(path: place, isLink: true, permissions: FilePermissions(status)))
                let target = try destination(of: next)
                names += target.split(separator: "/").reversed()
                place = target.isAbsolutePath ? "" : parent
                if target.isAbsolutePath { directory = try OwnedDescriptor(opening: "/", openForPath) }
            case S_IFDIR where !names.isEmpty:
                way.append(Step(path: place.isEmpty ? "/" : place, permissions: FilePermissions(status)))
                directory = next
            default:
                guard names.isEmpty else { throw SystemError("open", code: ENOTDIR) }
                // Without O_NONBLOCK, open(2) of a FIFO waits for a writer.
                return try directory.opening(String(name), O_RDONLY | O_NONBLOCK | O_NOFOLLOW)
            }
        }
        throw SystemError("open", code: EISDIR)
    }

    private static func workingDirectory() throws(SystemError) -> String {
        guard let path = getcwd(nil, 0) else { throw SystemError("getcwd") }
        defer { free(path) }
        return String(cString: path)
    }

    /// Where a symbolic link leads.
    private static func destination(of link: borrowing OwnedDescriptor) throws(SystemError) -> String {
        var buffer = [UInt8](repeating: 0, count: Int(PATH_MAX))
        let count = buffer.withUnsafeMutableBytes { space in
            readlinkat(link.rawValue, "", space.assumingMemoryBound(to: CChar.self).baseAddress!, space.count)
        }
        guard count >= 0 else { throw SystemError("readlink") }
        return String(decoding: buffer[..<count], as: UTF8.self)
    }

    /// Why the file is refused, each with what mends it: see ``FilePermissions``.
    ///
    /// - Parameters:
    ///   - kind: what the file is, for the text.
    ///   - userID: who asks.
    func complaints(holdsSecret: Bool, kind: String, path: String, userID: UInt32 = geteuid()) -> [String] {
        let own = permissions.complaint(holdsSecret: holdsSecret, kind: kind, path: path, userID: userID)
        return (own.map { [$0] } ?? [])
            + way.compactMap { $0.complaint(kind: kind, path: path, userID: userID) }
    }

    /// Why it can't be read.
    enum Failure: Error, Equatable, CustomStringConvertible {
        case missing, directory, notRegular
        case tooLarge(limit: Int)
        case system(String)

        fileprivate init(_ error: SystemError) {
            self =
                switch error.code {
                case ENOENT, ENOTDIR: .missing
                case EISDIR: .directory
                case EINVAL: .notRegular
                default: .system(error.reason)
                }
        }

        var description: String {
            switch self {
            case .missing: "there is no such file"
            case .directory: "it is a directory"
            case .notRegular: "it is not a regular file"
            case .tooLarge(let limit): "it is larger than \(limit / 1024) KB"
            case .system(let text): text
            }
        }
    }
}

// MARK: - Whom to trust

/// Who may do what with a file.
///
/// A configuration must come from root or from the daemon's own user: any other user who can write the file, or put
/// another in its place, decides what runs with the daemon's rights.
struct FilePermissions: Sendable, Equatable {
    var owner: UInt32
    var group: UInt32 = 0
    /// The permission bits.
    var mode: UInt32

    /// Why a file is refused: it gives a secret away, or lets others say what runs.
    ///
    /// A secret may be read by the owner, and by the group of a file that belongs to root: only root can have given it
    /// that group. (PostgreSQL has the same rule for the key of a server.)
    ///
    /// - Parameters:
    ///   - kind: what the file is, for the text.
    ///   - userID: who asks.
    /// - Returns: the whole sentence, with the command that mends it; nil when all is well.
    func complaint(holdsSecret: Bool, kind: String, path: String, userID: UInt32 = geteuid()) -> String? {
        if !isTrusted(by: userID) {
            return
                "cannot use \(kind) '\(path)': it belongs to \(ownerText), who can change what \(Self.reader(userID)) "
                + "goes by; mend it with: chown \(Self.remedy(userID)) '\(path)'"
        }
        if holdsSecret, mode & (owner == 0 ? 0o007 : 0o077) != 0 {
            return "cannot use \(kind) '\(path)': there is a password in it, and others can read or change it; "
                + "mend it with: chmod 600 '\(path)'"
        }
        if mode & (userID == 0 ? 0o022 : 0o002) != 0 {
            return
                "cannot use \(kind) '\(path)': others than its owner can change it, and \(Self.reader(userID)) goes by it; "
                + "mend it with: chmod go-w '\(path)'"
        }
        return nil
    }

    fileprivate func isTrusted(by userID: UInt32) -> Bool { owner == 0 || owner == userID }

    fileprivate var ownerText: String {
        UserEntry.of(owner).map { "user '\($0.name)'" } ?? "user \(owner), who has no name"
    }

    fileprivate static func reader(_ userID: UInt32) -> String { userID == 0 ? "root" : "monitord" }

    /// An ordinary user can only be given the file by root, who needs the name.
    fileprivate static func remedy(_ userID: UInt32) -> String {
        userID == 0 ? "root" : UserEntry.of(userID)?.name ?? "\(userID)"
    }
}

extension FilePermissions {
    fileprivate init(_ status: stat) {
        self.init(owner: status.st_uid, group: status.st_gid, mode: status.st_mode & 0o7777)
    }
}

extension TrustedFile.Step {
    /// Why the way to a file isn't safe: another user could lead it to another file.
    ///
    /// A directory may be written by others where it is sticky, as `/tmp` is: what is in it stays its owner's. Root
    /// trusts no group but its own; an ordinary user may share a group, as many distributions set up each user's.
    func complaint(kind: String, path file: String, userID: UInt32) -> String? {
        let what = isLink ? "symbolic link" : "directory"
        if !permissions.isTrusted(by: userID) {
            return
                "cannot use \(kind) '\(file)': the \(what) '\(path)' belongs to \(permissions.ownerText), who can put "
                + "another file in its place; mend it with: chown\(isLink ? " -h" : "") "
                + "\(FilePermissions.remedy(userID)) '\(path)'"
        }
        let isSticky = permissions.mode & 0o1000 != 0
        let others: UInt32 = userID == 0 && permissions.group != 0 ? 0o022 : 0o002
        guard !isLink, !isSticky, permissions.mode & others != 0 else { return nil }
        return "cannot use \(kind) '\(file)': others can write to the directory '\(path)', and put another file in its "
            + "place; mend it with: chmod go-w '\(path)'"
    }
}

// MARK: - The password of the database

extension DatabaseSettings {
    /// The name of systemd's credential with the password: `LoadCredential=monitord-db-password:FILE`.
    package static let credentialName = "monitord-db-password"
    /// The environment variable with the password.
    package static let passwordVariable = "MONITOR_DATABASE_PASSWORD"

    /// The password to log in with, from the first of these that is there: `password`, `password_file`, the credential
    /// ``credentialName`` in `$CREDENTIALS_DIRECTORY`, and the variable ``passwordVariable``.
    ///
    /// A newline at the end of a file is not part of the password. A credential needs no check of its permissions:
    /// systemd gives it to the service alone (systemd.exec(5), Credentials).
    ///
    /// - Returns: nil when there is none: many a server lets a local user in by who he is.
    /// - Throws: ``ConfigurationError`` when a file can't be read, is empty, can be read by others, or
    ///   could have been written by others.
    package func resolvedPassword(environment: [String: String]) throws(ConfigurationError) -> Secret? {
        if let password { return password }
        if let passwordFile {
            guard let file = try Self.passwordFile(passwordFile) else {
                throw ConfigurationError("cannot read password file '\(passwordFile)': there is no such file")
            }
            let complaints = file.complaints(holdsSecret: true, kind: "password file", path: passwordFile)
            guard complaints.isEmpty else { throw ConfigurationError(complaints) }
            return try Self.password(in: file, path: passwordFile)
        }
        if let directory = environment["CREDENTIALS_DIRECTORY"], !directory.isEmpty {
            let path = "\(directory)/\(Self.credentialName)"
            if let file = try Self.passwordFile(path) { return try Self.password(in: file, path: path) }
        }
        return environment[Self.passwordVariable].flatMap { $0.isEmpty ? nil : Secret($0) }
    }

    /// Reads a file with a password; nil when there is none.
    private static func passwordFile(_ path: String) throws(ConfigurationError) -> TrustedFile? {
        do {
            return try TrustedFile(reading: path, limit: 4096)
        } catch {
            if error == .missing { return nil }
            throw ConfigurationError("cannot read password file '\(path)': \(error)")
        }
    }

    private static func password(in file: TrustedFile, path: String) throws(ConfigurationError) -> Secret {
        var bytes = file.bytes[...]
        if bytes.last == UInt8(ascii: "\n") { bytes.removeLast() }
        if bytes.last == UInt8(ascii: "\r") { bytes.removeLast() }
        guard !bytes.isEmpty else { throw ConfigurationError("cannot use password file '\(path)': it is empty") }
        guard !bytes.contains(0), let text = String(validating: bytes, as: UTF8.self) else {
            throw ConfigurationError("cannot use password file '\(path)': it does not hold one line of UTF-8 text")
        }
        return Secret(text)
    }
}
