internal import Glibc
public import Testing

extension Trait where Self == ConditionTrait {
    /// Runs where a component of the real thing is available, and is skipped, visibly, where it is not.
    ///
    /// With `MONITOR_REQUIRE_INTEGRATION=1` nothing is skipped: what is missing is a failure then.
    public static func integration(with component: String, isAvailable: Bool) -> Self {
        let isRequired = getenv("MONITOR_REQUIRE_INTEGRATION").map { String(cString: $0) } == "1"
        return .enabled(if: isAvailable || isRequired, "\(component) is not available here")
    }
}
