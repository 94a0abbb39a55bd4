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
            let state = try await manager.state(of: unit)
            return state.isActive ? .healthy : .unhealthy("unit \(unit) is \(state.active)")
        } catch {
            return .unhealthy(error.description)
        }
    }
}
