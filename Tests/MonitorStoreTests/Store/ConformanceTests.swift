import MonitorCore
import MonitorStoreConformance
import TestSupport
import Testing

/// The behaviours that all stores share, on real databases.
@Suite struct ConformanceTests {
    @Test(arguments: AlarmStoreConformance.behaviours)
    func `SQLite behaves as every store does`(_ behaviour: AlarmStoreConformance.Behaviour) async throws {
        try await behaviour.check(try await SQLScene.make(.sqlite))
    }

    @Test(.needsMariaDB, arguments: AlarmStoreConformance.behaviours)
    func `MariaDB behaves as every store does`(_ behaviour: AlarmStoreConformance.Behaviour) async throws {
        try await behaviour.check(try await SQLScene.make(.mariadb))
    }

    @Test(.needsMySQL, arguments: AlarmStoreConformance.behaviours)
    func `MySQL behaves as every store does`(_ behaviour: AlarmStoreConformance.Behaviour) async throws {
        try await behaviour.check(try await SQLScene.make(.mariadb, on: MariaDBServer.sharedMySQL))
    }

    @Test(.needsNewestMariaDB, arguments: AlarmStoreConformance.behaviours)
    func `the newest MariaDB behaves as every store does`(_ behaviour: AlarmStoreConformance.Behaviour) async throws {
        try await behaviour.check(try await SQLScene.make(.mariadb, on: MariaDBServer.sharedNewestMariaDB))
    }

    @Test(arguments: AlarmStoreConformance.controlBehaviours)
    func `SQLite serves a control tool as every store does`(_ behaviour: AlarmStoreConformance.Behaviour) async throws {
        try await behaviour.check(try await SQLScene.make(.sqlite))
    }

    @Test(.needsMariaDB, arguments: AlarmStoreConformance.controlBehaviours)
    func `MariaDB serves a control tool as every store does`(_ behaviour: AlarmStoreConformance.Behaviour) async throws
    {
        try await behaviour.check(try await SQLScene.make(.mariadb))
    }

    @Test(.needsMySQL, arguments: AlarmStoreConformance.controlBehaviours)
    func `MySQL serves a control tool as every store does`(_ behaviour: AlarmStoreConformance.Behaviour) async throws {
        try await behaviour.check(try await SQLScene.make(.mariadb, on: MariaDBServer.sharedMySQL))
    }

    @Test(.needsNewestMariaDB, arguments: AlarmStoreConformance.controlBehaviours)
    func `the newest MariaDB serves a control tool as every store does`(
        _ behaviour: AlarmStoreConformance.Behaviour
    ) async throws {
        try await behaviour.check(try await SQLScene.make(.mariadb, on: MariaDBServer.sharedNewestMariaDB))
    }
}
