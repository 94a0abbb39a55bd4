/// What `systemctl is-active UNIT` does, asked of the service manager itself.
package struct UnitHealthCheck: HealthCheck {
    private let unit: UnitName
    private let manager: any ServiceManager

    package init(unit: UnitName, manager: any ServiceManager) {
        self.unit = unit
        self.manager = manager
    }

    package func check(_ process: MonitoredProcess, limit: Duration) async -> HealthResult {
        do {
            let state = try await manager.activeState(of: unit)
            // The states for which systemctl exits with 0.
            return ["active", "reloading", "refreshing"].contains(state)
                ? .healthy : .unhealthy("unit \(unit) is \(state)")
        } catch {
            return .unhealthy(error.description)
        }
    }
}
