/// The many units of a storm.
enum StormUnits {
    /// Has so many run.
    ///
    /// - Returns: their names.
    static func start(_ count: Int) throws -> [String] {
        _ = try Unit("storm@.service", command: "/bin/sleep infinity")
        let units = (1...count).map { "storm@\($0).service" }
        try Program.run(["systemctl", "start"] + units)
        return units
    }
}
