import Testing

@testable import MonitorLinux

@Suite struct RunningUnitsTests {
    @Test(arguments: [
        // As the kernel writes them on a little-endian machine: any address, loopback, another, IPv6.
        ("00000000:0050", "localhost:80"), ("0100007F:1F90", "127.0.0.1:8080"), ("0500A8C0:0016", "192.168.0.5:22"),
        ("00000000000000000000000000000000:01BB", "localhost:443"),
        ("00000000000000000000000001000000:0277", "[::1]:631"),
    ])
    func `reads where a socket listens`(local: String, address: String) throws {
        let line =
            "   1: \(local) 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4242 1 0 100 0 0 10 0"
        let found = try #require(RunningUnits.listening(line))
        #expect(found.inode == 4242 && found.address.description == address)
    }

    @Test(arguments: [
        "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode",
        "   1: 0100007F:1F90 0100007F:9C40 01 00000000:00000000 00:00000000 00000000     0        0 4242 1 0 20 4 30 10 -1",
        "   1: 01:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4242 1", "", "0A",
    ])
    func `any other line is none`(line: String) {
        #expect(RunningUnits.listening(line) == nil)
    }
}
