internal import CSystemd
internal import Glibc
package import MonitorCore

/// What is asked of systemd without changing anything.
extension SystemdServiceManager {
    package func state(of unit: UnitName) async throws(ServiceManagerError) -> UnitState {
        beginUse()
        defer { endUse() }
        do throws(BusError) {
            let listing = try await listing(of: unit)
            return UnitState(
                UnitName(given: listing.id), load: listing.loadState, active: listing.activeState, sub: listing.subState
            )
        } catch {
            if error.meansNoSuchUnit { return UnitState(unit, load: "not-found", active: "inactive", sub: "dead") }
            throw ServiceManagerError("cannot read the state of unit '\(unit)': \(error)")
        }
    }

    package func owner(of pid: Int32) async throws(ServiceManagerError) -> UnitOwner? {
        // Its control group's, which takes no call.
        var name: UnsafeMutablePointer<CChar>?
        guard sd_pid_get_unit(pid, &name) >= 0, let name else { return nil }
        defer { free(name) }
        let unit = UnitName(given: String(cString: name))
        guard unit.rawValue.hasSuffix(".service"), !TransientUnit.isOurs(unit.rawValue) else { return nil }
        beginUse()
        defer { endUse() }
        do throws(BusError) {
            let manager = try connection()
            let path = try ManagerConnection.path(of: unit.rawValue)
            let mainPID = try manager.get(.mainPID, of: path)
            let killMode = try manager.get(.killMode, of: path)
            let isMain = try await mainPID.reply() == UInt32(bitPattern: pid)
            let takesAll = ["control-group", "mixed"].contains(try await killMode.reply())
            return isMain || takesAll ? UnitOwner(unit, isMainProcess: isMain) : nil
        } catch {
            throw ServiceManagerError("cannot find the unit of process \(pid): \(error)")
        }
    }

    package func servicesAtWork() async throws(ServiceManagerError) -> [UnitName: [[String]]] {
        beginUse()
        defer { endUse() }
        do throws(BusError) {
            let manager = try connection()
            let listings = try await manager.listServices(in: ["active", "reloading", "activating"]).reply()
            // All asked before the first is awaited. One whose work is done (RemainAfterExit=) runs nothing.
            let questions = try listings.filter { $0.subState != "exited" && !TransientUnit.isOurs($0.id) }
                .map { listing throws(BusError) in
                    (UnitName(given: listing.id), try manager.get(.startCommands, of: listing.path))
                }
            var services: [UnitName: [[String]]] = [:]
            for (unit, commands) in questions { services[unit] = try await commands.reply() }
            return services
        } catch {
            throw ServiceManagerError("cannot list the services that run: \(error)")
        }
    }

    /// Loads a unit, and says how it is.
    func listing(of unit: UnitName) async throws(BusError) -> UnitListing {
        do throws(BusError) {
            return try await connection().list(unit.rawValue).reply()
        } catch {
            guard error.kind == .unanswered else { throw error }
            return try await connection().list(unit.rawValue).reply()
        }
    }
}
