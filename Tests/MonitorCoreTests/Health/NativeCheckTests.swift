import Testing

@testable import MonitorCore

@Suite struct NativeCheckTests {
    @Test(arguments: [
        ("pgrep worker", "worker"), ("  pgrep \t worker  ", "worker"), ("pgrep php-fpm7.4", "php-fpm7.4"),
        ("pgrep c++", "c++"), ("pgrep a@b:c", "a@b:c"),
    ])
    func `recognizes pgrep of a plain word`(_ text: String, _ pattern: String) {
        #expect(NativeCheck(text) == .pgrep(pattern))
    }

    @Test(arguments: [
        ("systemctl is-active apache2", "apache2.service"), ("systemctl is-active a@b.service", "a@b.service"),
        ("systemctl is-active php7.4-fpm", "php7.4-fpm.service"),
    ])
    func `recognizes systemctl is-active of a service`(_ text: String, _ unit: String) throws {
        #expect(NativeCheck(text) == .unitIsActive(try UnitName(configured: unit)))
    }

    @Test(arguments: [
        "", "pgrep", "worker", "pgrep -x worker", "pgrep -f worker", "pgrep worker other", "pgrep $NAME",
        "pgrep 'worker'",
        "pgrep ^worker$", "pgrep worker*", "pgrep work|er", "pgrep worker;true", "pgrep worker\n",
        "pgrep worker\nother",
        "pgrep .worker", "/usr/bin/pgrep worker", "! pgrep worker", "pgrep wörker", "PGREP worker",
        "systemctl is-active", "systemctl is-active --quiet apache2", "systemctl is-active a b", "systemctl status a",
        "systemctl --user is-active a", "systemctl is-active a.socket", "systemctl is-active a.timer",
        "systemctl is-active x.target", "systemctl is-active a/b", "systemctl is-active a*",
    ])
    func `leaves everything else to the shell`(_ text: String) {
        #expect(NativeCheck(text) == .command)
    }
}
