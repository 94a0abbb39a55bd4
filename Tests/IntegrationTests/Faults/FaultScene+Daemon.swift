import Foundation

/// The daemon of the scene.
extension FaultScene {
    var daemon: Program? { state.withLock { $0.daemon } }

    func startDaemon() throws { try take(site.monitord()) }

    /// Starts it as a user whom limits hold, and who still gets at a program in whatever directory it was built.
    func startDaemonAsNobody() throws {
        for file in try FileManager.default.subpathsOfDirectory(atPath: site.directory) + ["."] {
            guard chown(site.path(file), 65534, 65534) == 0 else { throw Failure("cannot give \(file) to nobody") }
        }
        let read = "+dac_read_search"
        try take(
            Program(
                "/usr/bin/setpriv",
                ["--reuid=65534", "--regid=65534", "--clear-groups", "--inh-caps=\(read)", "--ambient-caps=\(read)"]
                    + [Program.directory.appendingPathComponent("monitord").path, "--config", site.configuration],
                environment: site.environment))
    }

    private func take(_ program: Program) { state.withLock { $0.daemon = program } }

    /// `kill -9` of the daemon.
    func killDaemon() async throws {
        guard let daemon else { return }
        daemon.signal(SIGKILL)
        _ = try await daemon.wait()
    }

    func reload() async throws {
        let before = count(in: daemon?.log, of: "config.reloaded")
        daemon?.signal(SIGHUP)
        try await eventually("it has reloaded", in: daemon) {
            self.count(in: self.daemon?.log, of: "config.reloaded") > before
        }
    }

    private func count(in log: String?, of text: String) -> Int { (log ?? "").components(separatedBy: text).count - 1 }

    /// Waits until the daemon has logged this.
    func logs(_ text: String) async throws {
        try await eventually("it logs \(text)", in: daemon) { self.daemon?.log.contains(text) == true }
    }

    /// Overwrites a part of a file, which stays its owner's.
    func overwrite(_ file: String, from offset: UInt64, with bytes: Data) throws {
        let handle = try FileHandle(forWritingTo: URL(fileURLWithPath: file))
        try handle.seek(toOffset: offset)
        try handle.write(contentsOf: bytes)
        try handle.close()
    }

    /// Removes a file or directory of the site.
    func remove(_ name: String) throws { try FileManager.default.removeItem(atPath: site.path(name)) }
}
