import TestSupport
import Testing

/// Nothing is lost and nothing runs twice, whatever fails.
///
/// In each of these the processes run and are put in alarm, something is broken, and mended again. Then every alarm has
/// to be cleared, by a restart of its process; of each process one has to run, and never two at any moment.
@Suite(.serialized, .printsFaultReport) struct FaultTests {
    @Test func `the daemon, its files and the embedded database`() async throws {
        try await Fault.inject(
            Fault.ofKilledDaemon + Fault.ofDaemon + Fault.ofLimits + Fault.ofEmbeddedDatabase, atOnce: 3)
    }

    @Test(.needsMount) func `disks and users`() async throws {
        try await Fault.inject(Fault.ofDisksAndUsers, atOnce: 3)
    }

    @Test(.needsMariaDB) func `the server`() async throws {
        let server = try Self.server()
        // They don't touch the server itself: on another one, meanwhile.
        async let others: Void = Fault.inject(Fault.ofTransactions, atOnce: 2) {
            try await .onServer(MariaDBServer.shared)
        }
        try await Fault.inject(Fault.ofAnyServer + Fault.ofMariaDB) { try .onServer(server) }
        try await others
        // The last, because the server is another one then.
        defer { try? server.killWhoeverServes() }
        try await Fault.inject([.ofMonitoredServer]) { try .onServer(server) }
    }

    @Test(.needsMySQL) func `the server, where that is MySQL`() async throws {
        let server = try Self.server(.mySQL)
        let faults = Fault.ofAnyServer.map { fault in
            var fault = fault
            fault.name += " (MySQL)"
            return fault
        }
        try await Fault.inject(faults) { try .onServer(server) }
    }

    @Test(.needsMariaDB, .needsMount) func `the server's disk`() async throws {
        let disk = try SmallDisk(megabytes: 200)
        // One with a binary log waits a minute for room, and says nothing until then.
        let server = try Self.server(options: ["--skip-log-bin"], data: "\(disk.path)/data")
        try await Fault.inject([.ofServersDisk(disk)]) { try .onServer(server) }
    }

    /// A server that is durable, as real ones are: what it has confirmed survives its death.
    private static func server(
        _ product: MariaDBServer.Product = .mariaDB, options: [String] = [], data: String? = nil
    ) throws -> MariaDBServer {
        try MariaDBServer(product, options: ["--innodb-flush-log-at-trx-commit=1"] + options, data: data)
    }
}
