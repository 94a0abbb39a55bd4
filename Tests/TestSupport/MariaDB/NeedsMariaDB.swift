internal import Glibc
package import Testing

extension Trait where Self == ConditionTrait {
    /// Skips a test visibly where there is no MariaDB to start, unless all tests are required to run.
    package static var needsMariaDB: Self {
        .enabled(
            if: MariaDBServer.isInstalled || getenv("MONITOR_REQUIRE_INTEGRATION") != nil,
            "there is no mariadbd: install mariadb-server-core")
    }
}
