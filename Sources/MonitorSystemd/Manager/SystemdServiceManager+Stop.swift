public import MonitorCore

extension SystemdServiceManager {
    public func stop(_ unit: UnitName) async throws(ServiceManagerError) {
        beginUse()
        defer { endUse() }
        let obstacle: String?
        do throws(BusError) {
            obstacle = try await tryStopping(unit)
        } catch {
            obstacle = error.meansNoSuchUnit ? nil : error.reason
        }
        if let obstacle { throw ServiceManagerError("cannot stop unit '\(unit)': \(obstacle)") }
    }

    /// Stops it; returns why that did not work.
    private func tryStopping(_ unit: UnitName) async throws(BusError) -> String? {
        let listing = try await listing(of: unit)
        if let reason = protected.reason(for: listing.id) { return reason }
        if listing.job == nil, listing.activeState == "inactive" || listing.activeState == "failed" { return nil }
        let job = try await connection().queue("StopUnit", unit.rawValue).reply()
        switch try await wait(for: job, of: listing.path) {
        case .removed("done"), .missed: return nil
        case .removed(let result): return "systemd reports '\(result)'"
        case .overdue(let limit): return "it still runs after \(Int(limit.seconds)) s"
        }
    }

    public func unit(ofMainProcess pid: Int32) async throws(ServiceManagerError) -> UnitName? {
        beginUse()
        defer { endUse() }
        do throws(BusError) {
            let manager = try connection()
            let path = try await manager.path(ofUnitOf: pid).reply()
            let id = try await manager.get(.id, of: path).reply()
            guard id.hasSuffix(".service"), !TransientUnit.isOurs(id) else { return nil }
            guard try await manager.get(.mainPID, of: path).reply() == UInt32(bitPattern: pid) else { return nil }
            return UnitName(given: id)
        } catch {
            if error.kind == .refused(name: "org.freedesktop.systemd1.NoUnitForPID") { return nil }
            throw ServiceManagerError("cannot find the unit of process \(pid): \(error)")
        }
    }
}
