import Foundation
import Testing

extension Fault {
    /// Of the embedded database.
    static let ofEmbeddedDatabase: [Fault] = [
        Fault("SQLite locked", "another program holds the lock, for longer than query_timeout") { scene in
            try await scene.raise(andWaitAt: .checking)
            let other = try scene.database.connection()
            try other.run("BEGIN IMMEDIATE")
            scene.letGo(.checking)
            try await scene.logs("store.kept")
            try other.run("COMMIT")
            scene.mended()
        },
        Fault("SQLite file corrupt", "overwritten in mid-recovery; a copy with the alarms is put in its place") {
            scene in
            try await scene.raise(andWaitAt: .checking)
            let file = scene.site.path("data/monitor.db")
            try scene.database.sql("VACUUM INTO '\(file).copy'")
            // All of it in the one file, and changed since the daemon read it, which would go on with what it read else.
            scene.daemon?.signal(SIGSTOP)
            try scene.database.sql("UPDATE STATUS_PROCESS SET sound = 1")
            try scene.database.sql("PRAGMA wal_checkpoint(TRUNCATE)")
            try scene.overwrite(file, from: 0, with: Data((0..<65536).map { _ in UInt8.random(in: 1...255) }))
            scene.daemon?.signal(SIGCONT)
            scene.letGo(.checking)
            try await scene.logs("store.kept")
            try scene.replaceDatabase(by: file + ".copy")
            scene.mended()
        },
        Fault("SQLite file gone", "moved away in mid-recovery, and back") { scene in
            try await scene.raise(andWaitAt: .checking)
            let file = scene.site.path("data/monitor.db")
            try scene.database.sql("PRAGMA wal_checkpoint(TRUNCATE)")
            try FileManager.default.moveItem(atPath: file, toPath: file + ".away")
            scene.letGo(.checking)
            try await scene.logs("store.kept")
            try scene.replaceDatabase(by: file + ".away")
            scene.mended()
        },
    ]
}

extension FaultScene {
    /// Puts another file in the database's place, while the daemon, as is prudent, does not run.
    fileprivate func replaceDatabase(by file: String) throws {
        daemon?.signal(SIGSTOP)
        defer { daemon?.signal(SIGCONT) }
        for suffix in ["", "-wal", "-shm"] { try? remove("data/monitor.db" + suffix) }
        try FileManager.default.moveItem(atPath: file, toPath: site.path("data/monitor.db"))
    }
}
