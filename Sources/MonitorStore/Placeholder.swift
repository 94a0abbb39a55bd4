public import MonitorCore
public func makeStore(_ settings: DatabaseSettings, host: String, path: String, password: Secret?, historyRetention: Duration) -> any AlarmStore & ControlStore { fatalError() }
