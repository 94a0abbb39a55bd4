import Foundation
import TestSupport
import Testing

extension Fault {
    /// Of the host: its limits on the daemon.
    static let ofLimits: [Fault] = [
        Fault("log directory gone", "removed in mid-recovery; the log is reopened") { scene in
            try await scene.raise(andWaitAt: .checking)
            try scene.remove("log")
            try await scene.reload()
            scene.letGo(.checking)
            scene.mended()
        },
        Fault("no file descriptors left", "RLIMIT_NOFILE of the daemon lowered between stop and start") { scene in
            try await scene.raise(andWaitAt: .stopped)
            try await scene.limitDaemon("--nofile=3:")
            scene.letGo(.stopped)
            try await scene.logs("recovery.failed")
            #expect(try scene.alarms().count == 3)
            try await scene.limitDaemon("--nofile=1024:")
            scene.mended()
        },
    ]

    /// Of the host, where it takes root to inject them.
    static let ofDisksAndUsers: [Fault] = [
        Fault("fork fails", "EAGAIN: RLIMIT_NPROC of the daemon, an ordinary user, lowered between stop and start") {
            scene in
            try await scene.raise(andWaitAt: .stopped)
            try await scene.limitDaemon("--nproc=1:")
            scene.letGo(.stopped)
            try await scene.logs("recovery.failed")
            #expect(try scene.alarms().count == 3)
            try await scene.limitDaemon("--nproc=4096:")
            scene.mended()
        } beginning: {
            try await $0.begin(asNobody: true)
        },
        Fault("log directory full", "a tmpfs of 1 MB, filled") { scene in
            try scene.disk?.fill()
            try scene.raise()
            try await eventually("all is normal", in: scene.daemon) { try scene.isNormal() }
            scene.disk?.empty()
            try scene.raise()
            scene.mended()
        } beginning: {
            try $0.putOnDisk("log")
            try await $0.begin()
        },
        Fault("log directory read-only", "a read-only mount over it; the log is reopened") { scene in
            let directory = scene.site.path("log")
            #expect(mount(directory, directory, "", UInt(MS_BIND), nil) == 0)
            defer { umount2(directory, Int32(MNT_DETACH)) }
            let options = UInt(MS_REMOUNT) | UInt(MS_BIND) | UInt(MS_RDONLY)
            #expect(mount("", directory, "", options, nil) == 0)
            try await scene.reload()
            try await scene.logs("log.unwritable")
            try scene.raise()
            scene.mended()
            try await eventually("all is normal", in: scene.daemon) { try scene.isNormal() }
        },
        Fault("disk of the launch records full", "a tmpfs of 1 MB, filled; processes started as they were") { scene in
            try scene.disk?.fill()
            try scene.raise()
            scene.mended()
            try await scene.logs("process.not_recorded")
        } beginning: {
            try $0.putOnDisk("state")
            try await $0.begin(startsAsItWas: true)
        },
        Fault("SQLite on a full disk", "a tmpfs of 1 MB, filled in mid-recovery") { scene in
            try await scene.raise(andWaitAt: .checking)
            try scene.disk?.fill()
            try scene.database.useUpRoom()
            scene.letGo(.checking)
            try await scene.logs("store.kept")
            scene.disk?.empty()
            scene.mended()
        } beginning: {
            try $0.putOnDisk("data")
            try await $0.begin()
        },
    ]
}

extension FaultScene {
    /// Sets a soft limit of the daemon's, at run time.
    fileprivate func limitDaemon(_ limit: String) async throws {
        let pid = daemon?.pid ?? 0
        // As its own user: not every root may set the limits of others.
        var owner = stat()
        stat("/proc/\(pid)", &owner)
        let user = ["--reuid=\(owner.st_uid)", "--regid=\(owner.st_gid)", "--clear-groups"]
        let command = ["prlimit", "--pid=\(pid)", limit]
        let result = try await TestCommand.run(
            owner.st_uid == geteuid() ? "prlimit" : "setpriv",
            owner.st_uid == geteuid() ? Array(command.dropFirst()) : user + command)
        guard result.status == 0 else { throw Failure(result.output) }
    }
}
