import Testing

@testable import MonitorCore
@testable import MonitorLinux

@Suite struct LaunchSpecEncodingTests {
    private static let full = LaunchSpec(
        executable: "/opt/wörk er/worker",
        arguments: [Array("worker".utf8), [], [10, 255, 58, 32], Array("end\n".utf8)],
        environment: [Array("A=1".utf8), Array("B=two\nlines".utf8), [0xFF, 0x3D]], workingDirectory: "/srv",
        credentials: LaunchSpec.Credentials(uid: 0, gid: 4_294_967_294, groups: [1, 2]),
        attributes: LaunchSpec.Attributes(
            umask: 0o77, nice: -5, schedulingPolicy: 3, schedulingPriority: 0, ioPriority: 3 << 13, cpus: [1, 0, 255],
            outOfMemoryAdjustment: -900,
            hasNoNewPrivileges: true,
            capabilityBounds: 0x3F, limits: [.init(resource: 7, soft: 1024, hard: .max)], output: "/var/log/w\nx",
            errorOutput: "/e"))
    private static let bare = LaunchSpec(executable: "/bin/true", arguments: [[]])
    private static let emptyEnvironment = LaunchSpec(
        executable: "/bin/true", arguments: [Array("true".utf8)], environment: [])

    /// To Swift, a slash and a combining mark behind it are one character.
    private static let accented = LaunchSpec(
        executable: "/\u{486}bin", arguments: [[]], workingDirectory: "/\u{301}")

    @Test(arguments: [full, bare, emptyEnvironment, accented])
    func `comes back as it was, byte for byte`(_ launch: LaunchSpec) throws {
        #expect(try LaunchSpec(encoded: launch.encoded) == launch)
    }

    @Test func `is read as version 1 wrote it, without attributes`() throws {
        let text =
            "monitor-launch 1\nexecutable 9:/bin/true\nargument 4:true\nclean-environment 0:\nuid 1:0\ngid 1:0\nend\n"
        let launch = try LaunchSpec(encoded: Array(text.utf8))
        #expect(
            launch
                == LaunchSpec(
                    executable: "/bin/true", arguments: [Array("true".utf8)],
                    credentials: LaunchSpec.Credentials(uid: 0, gid: 0, groups: [])))
    }

    @Test func `is refused when it is torn at any byte`() {
        let record = Self.full.encoded
        for length in 0..<record.count {
            #expect(throws: LaunchRecordError.self) { try LaunchSpec(encoded: Array(record[..<length])) }
        }
    }

    @Test func `survives every changed byte without a crash`() {
        let record = Self.full.encoded
        for index in record.indices {
            for byte: UInt8 in [0, 10, 32, 48, 57, 58, 255] where record[index] != byte {
                var changed = record
                changed[index] = byte
                // Changed inside a text it may well be read; what counts is that it isn't read as the same.
                let read = try? LaunchSpec(encoded: changed)
                #expect(read != Self.full)
            }
        }
    }

    @Test(arguments: [
        "", "monitor-launch 2\nend\n", "monitor-launch 1\nend\n", "monitor-launch 1\nexecutable 9:/bin/true\nend\n",
        "monitor-launch 1\nexecutable 4:true\nargument 4:true\nend\n",
        "monitor-launch 1\nexecutable 9:/bin/true\nargument 4:true\nuid 1:0\nend\n",
        "monitor-launch 1\nexecutable 9:/bin/true\nargument 4:true\nuid 2:-1\ngid 1:0\nend\n",
        "monitor-launch 1\nexecutable 9:/bin/true\nargument 4:true\nshell 1:x\nend\n",
        "monitor-launch 1\nexecutable 99999999999999999999:/bin/true\nend\n",
        "monitor-launch 1\nexecutable 9:/bin/true\nargument 4:true\nend\nend\n",
        "monitor-launch 1\nexecutable 9:/bin/true\nargument 4:tr\0e\nend\n",
    ])
    func `refuses what says something else`(_ text: String) {
        #expect(throws: LaunchRecordError.self) { try LaunchSpec(encoded: Array(text.utf8)) }
    }
}
