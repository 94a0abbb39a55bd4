public import MonitorCore

extension SystemdServiceManager {
    public func stop(_ unit: UnitName) async throws(ServiceManagerError) {
        let reason: String
        do throws(BusError) {
            let listing = try await listing(of: unit)
            if let reason = protected.reason(for: listing.id) {
                throw BusError(.refused(name: ""), reason)
            }
            if listing.job == nil, listing.activeState == "inactive" || listing.activeState == "failed" { return }
            let job = try await connection().queue("StopUnit", unit.rawValue).reply()
            switch try await wait(for: job, of: listing) {
            case .removed("done"), .missed: return
            case .removed(let result): reason = "systemd reports '\(result)'"
            case .overdue(let limit): reason = "it still runs after \(Int(limit.seconds)) s"
            }
        } catch  where error.meansNoSuchUnit {
            return
        } catch {
            reason = error.reason
        }
        throw ServiceManagerError("cannot stop unit '\(unit)': \(reason)")
    }

    public func unit(ofMainProcess pid: Int32) async throws(ServiceManagerError) -> UnitName? {
        do throws(BusError) {
            let manager = try connection()
            let path = try await manager.path(ofUnitOf: pid).reply()
            let id = try await manager.get(.id, of: path).reply()
            guard id.hasSuffix(".service"), !TransientUnit.isOurs(id) else { return nil }
            guard try await manager.get(.mainPID, of: path).reply() == UInt32(bitPattern: pid) else { return nil }
            return UnitName(given: id)
        } catch  where error.kind == .refused(name: "org.freedesktop.systemd1.NoUnitForPID") {
            return nil
        } catch {
            throw ServiceManagerError("cannot find the unit of process \(pid): \(error)")
        }
    }
}
