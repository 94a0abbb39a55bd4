import Glibc
import Testing

@testable import MonitorSystemd

@Suite struct EnvironmentFileTests {
    private func render(_ variables: [String]) -> String {
        String(decoding: EnvironmentFile.render(variables.map { Array($0.utf8) }), as: UTF8.self)
    }

    @Test func `quotes what the file's format would read as something else`() {
        #expect(
            render(["A=1", "B=a \"b\" $c `d` \\e", "C="]) == "A=\"1\"\nB=\"a \\\"b\\\" \\$c \\`d\\` \\\\e\"\nC=\"\"\n")
    }

    @Test(arguments: ["BASH_FUNC_x%%=() { :; }", "1A=x", "=x", "noequals", "A=bell\u{7}", ""])
    func `leaves out what systemd refuses`(variable: String) {
        #expect(render([variable, "KEPT=1"]) == "KEPT=\"1\"\n")
    }

    @Test func `leaves out what is no text`() {
        #expect(EnvironmentFile.render([Array("A=".utf8) + [0xFF]]).isEmpty)
    }

    @Test func `lies there for its owner alone, as long as it is needed`() throws {
        let directory = "/tmp/environment-file-\(UInt64.random(in: .min ... .max))"
        defer { rmdir(directory) }
        func writeAndLook() throws -> String {
            let file = try EnvironmentFile([Array("A=1".utf8)], in: directory)
            var status = stat()
            try #require(stat(file.path, &status) == 0)
            #expect(status.st_mode & 0o777 == 0o600)
            return file.path
        }
        #expect(access(try writeAndLook(), F_OK) != 0)
    }

    @Test func `says what it can't write`() {
        #expect(throws: BusError.self) { _ = try EnvironmentFile([], in: "/proc/nowhere").path }
    }
}
