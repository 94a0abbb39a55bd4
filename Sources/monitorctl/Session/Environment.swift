import MonitorConfig
internal import MonitorCore

/// The environment variables that the tool was started with.
enum Environment {
    static let variables = ProcessEnvironment.variables()
}
