import Foundation
import TestSupport
import Testing

extension Fault {
    /// Of the database's server, whichever it is.
    static let ofAnyServer: [Fault] = [
        Fault("database killed", "kill -9 of the server in mid-recovery, and a new start") { scene in
            let server = try scene.server
            try await scene.raise(andWaitAt: .checking)
            try server.kill()
            scene.letGo(.checking)
            try await scene.logs("store.kept")
            try server.start()
            scene.mended()
        },
        Fault("database silent", "SIGSTOP of the server in mid-recovery, SIGCONT") { scene in
            let server = try scene.server
            try await scene.raise(andWaitAt: .checking)
            try server.suspend()
            scene.letGo(.checking)
            try await scene.logs("store.kept")
            try server.resume()
            scene.mended()
        },
        Fault("database restarted", "an orderly stop and start, in mid-recovery") { scene in
            let server = try scene.server
            try await scene.raise(andWaitAt: .checking)
            try server.stop()
            try server.start()
            scene.letGo(.checking)
            scene.mended()
        },
        Fault("database slow", "the server runs for 1/20 s in each half second") { scene in
            let server = try scene.server
            try scene.raise()
            for _ in 0..<6 {
                try server.suspend()
                try await Task.sleep(for: .milliseconds(450))
                try server.resume()
                try await Task.sleep(for: .milliseconds(50))
            }
            scene.mended()
        },
        Fault("database out of connections", "others take all, and the daemon's own is killed") { scene in
            let server = try scene.server
            scene.daemon?.signal(SIGSTOP)
            let others = try scene.takeAllConnections()
            try scene.raise()
            scene.daemon?.signal(SIGCONT)
            try await scene.logs("store.away")
            try server.sql("SET GLOBAL max_connections = 200")
            withExtendedLifetime(others) {}
            scene.mended()
        },
        Fault("database read-only", "SET GLOBAL read_only = 1 in mid-recovery") { scene in
            let server = try scene.server
            try await scene.raise(andWaitAt: .checking)
            try server.sql("SET GLOBAL read_only = 1")
            scene.letGo(.checking)
            try await scene.logs("store.kept")
            try server.sql("SET GLOBAL read_only = 0")
            scene.mended()
        },
        Fault("server gone between statement and commit", "killed while the outcome's second statement waits") {
            scene in
            try await scene.raise(andWaitAt: .checking)
            let other = try scene.lockBreakers()
            scene.letGo(.checking)
            try await scene.waitsForBreaker()
            try scene.server.kill()
            try scene.server.start()
            scene.mended()
            withExtendedLifetime(other) {}
        },
        Fault("triggers' account gone", "RENAME USER in mid-recovery; monitorctl init") { scene in
            let maker = try scene.makeTriggersAnew()
            let server = try scene.server
            defer { _ = try? server.sql("DROP USER \(maker)_2@localhost") }
            try await scene.raise(andWaitAt: .checking)
            try server.sql("RENAME USER \(maker)@localhost TO \(maker)_2@localhost")
            scene.letGo(.checking)
            try await scene.logs("store.kept")
            try await scene.initialize()
            scene.mended()
        },
    ]

    /// Of a file that MariaDB reads anew when it starts.
    static let ofMariaDB: [Fault] = [
        Fault("database's table broken", "its file overwritten in mid-recovery, and a copy put in its place") { scene in
            let server = try scene.server
            try await scene.raise(andWaitAt: .checking)
            let file = try scene.file(of: "STATUS_PROCESS")
            try server.stop()
            let copy = try Data(contentsOf: URL(fileURLWithPath: file))
            // The first page stays, which tells the server whose file it is.
            try scene.overwrite(file, from: 16_384, with: Data(repeating: 0xA5, count: copy.count - 16_384))
            try server.start()
            scene.letGo(.checking)
            try await scene.logs("the server cannot use a table's file")
            try server.stop()
            try scene.overwrite(file, from: 0, with: copy)
            try server.start()
            scene.mended()
            #expect(scene.daemon?.log.contains("store.refused") == false)
        }
    ]

    /// Of the disk that the server's data is on.
    static func ofServersDisk(_ disk: SmallDisk) -> Fault {
        Fault("database's disk full", "a tmpfs and then the history's own file filled, in mid-recovery") { scene in
            try await scene.raise(andWaitAt: .checking)
            try disk.fill()
            try scene.database.useUpRoom()
            scene.letGo(.checking)
            try await scene.logs("store.kept")
            disk.empty()
            scene.mended()
        }
    }

    /// Of a server that is a monitored process itself: its alarm is in the table that the dead server holds.
    static let ofMonitoredServer = Fault(
        "the monitored process is the database", "an alarm of mariadbd beside those of the others"
    ) { scene in
        let server = try scene.server
        let before = server.servingPID
        try scene.raise()
        scene.mended()
        try await eventually("another server answers", in: scene.daemon) {
            server.servingPID != before && (try? scene.isNormal()) == true
        }
    } beginning: { scene in
        let name = "\(scene.databaseName)-server"
        let server = try scene.server
        // Its own may be written by its group, and is not believed.
        try scene.site.write("\(server.servingPID ?? 0)", to: "server-number")
        try await scene.begin(
            sections: """
                [process.\(name)]
                restart_strategy = process
                pid_file = \(scene.site.path("server-number"))
                stop_timeout = 30
                health_check_timeout = 30
                health_check_command = mariadb --no-defaults -u root --socket=\(server.socket) -e 'SELECT 1'
                """)
        try scene.database.sql("INSERT INTO PROCESE (process_id, process_name) VALUES (99, '\(name)')")
        try scene.database.sql("INSERT INTO STATUS_PROCESS (process_id, alarma) VALUES (99, 0)")
    }
}
