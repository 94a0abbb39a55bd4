import MonitorStore
import Testing

extension Fault {
    /// Of what others do in the database.
    static let ofTransactions: [Fault] = [
        Fault("rows locked", "another transaction holds the breakers, for longer than query_timeout") { scene in
            try await scene.raise(andWaitAt: .checking)
            let other = try scene.lockBreakers()
            scene.letGo(.checking)
            try await scene.logs("store.kept")
            try other.run("ROLLBACK")
            scene.mended()
        },
        Fault("application's rows locked", "another transaction holds all rows of STATUS_PROCESS in mid-recovery") {
            scene in
            try await scene.raise(andWaitAt: .checking)
            let other = try scene.database.connection()
            try other.run("START TRANSACTION")
            try other.run("UPDATE STATUS_PROCESS SET sound = 1 - sound")
            scene.letGo(.checking)
            try await scene.logs("store.kept")
            try other.run("ROLLBACK")
            scene.mended()
        },
        Fault("deadlock", "another transaction locks in the opposite order, and has done more") { scene in
            try await scene.raise(andWaitAt: .checking)
            let before = try scene.deadlocks()
            let other = try scene.lockBreakers()
            // The server gives up the transaction that has changed less.
            for number in 0..<50 { try other.run("INSERT INTO MONITOR_SCHEMA VALUES ('deadlock \(number)', 1)") }
            scene.letGo(.checking)
            try await scene.waitsForBreaker()
            try other.run("UPDATE STATUS_PROCESS SET sound = 1")
            try other.run("ROLLBACK")
            scene.mended()
            try await eventually("all is normal", in: scene.daemon) { try scene.isNormal() }
            #expect(try scene.deadlocks() > before)
        },
        Fault("connection killed in a transaction", "KILL while the outcome's second statement waits") { scene in
            try await scene.raise(andWaitAt: .checking)
            let other = try scene.lockBreakers()
            scene.letGo(.checking)
            try await scene.waitsForBreaker()
            try scene.killConnections()
            try other.run("ROLLBACK")
            scene.mended()
        },
        Fault("privileges taken away", "REVOKE UPDATE on STATUS_PROCESS in mid-recovery, GRANT") { scene in
            try await scene.raise(andWaitAt: .checking)
            try scene.database.revoke("UPDATE (alarma, notes)", on: "STATUS_PROCESS")
            scene.letGo(.checking)
            try await scene.logs("store.kept")
            try scene.database.grantAll()
            scene.mended()
        },
        Fault("privileges on MONITOR_ tables taken away", "REVOKE in mid-recovery; it goes on in memory") { scene in
            try await scene.raise(andWaitAt: .checking)
            for grant in Grants.state { try scene.database.revoke(grant.privileges, on: grant.table) }
            scene.letGo(.checking)
            scene.mended()
            try await scene.logs("breakers live in memory only")
        },
        Fault("table renamed away", "STATUS_PROCESS, in mid-recovery, and back") { scene in
            try await scene.raise(andWaitAt: .checking)
            try scene.database.sql("RENAME TABLE STATUS_PROCESS TO AWAY")
            scene.letGo(.checking)
            try await scene.logs("store.kept")
            try scene.database.sql("RENAME TABLE AWAY TO STATUS_PROCESS")
            scene.mended()
        },
        Fault("triggers dropped", "DROP TRIGGER, and alarms raised again in mid-recovery; monitorctl init") { scene in
            for trigger in ["INSERT", "UPDATE"] {
                try scene.database.sql("DROP TRIGGER MONITOR_ALARM_\(trigger)")
            }
            try await scene.raise(andWaitAt: .checking)
            try scene.database.sql("UPDATE STATUS_PROCESS SET alarma = 1, notes = 'again'")
            scene.letGo(.checking)
            try await eventually("each is served again", in: scene.daemon) { scene.startsSinceRaised() == [2, 2, 2] }
            try await scene.initialize()
            scene.mended()
        },
    ]
}
