internal import Glibc
internal import MonitorCore

extension LaunchSpec.Credentials {
    /// Why this daemon can't start anything as that user; nil when it can.
    ///
    /// Only root may become somebody else. As itself an ordinary user runs without any change.
    var obstacle: String? {
        let own = geteuid()
        return own == 0 || own == uid ? nil : "only root can run it as another user (uid \(uid))"
    }
}
