/// Tells the engine that there may be a new alarm, sooner than the next `check_interval` would.
///
/// A watch only saves time. Its notice carries no data: the engine polls for itself, and it polls at
/// `check_interval` whatever a watch says or fails to say. So a watch may cry wolf, and one that breaks costs time,
/// never an alarm.
public protocol AlarmWatch: Sendable {
    /// Watches until the task is cancelled, and returns soon then.
    ///
    /// A watch that can't see the changes, or no longer, says so in the log and goes on trying; it does not return.
    ///
    /// - Parameter pollNow: to be called for every change that may be an alarm, and whenever changes may have been
    ///   missed. It returns at once and may be called from any thread, however often.
    func run(_ pollNow: @escaping @Sendable () -> Void) async
}
