import Foundation
import Testing

@testable import monitord

@Suite struct StartupPagesTests {
    /// A figure of this process, in kB.
    private func kilobytes(_ name: String) throws -> Int {
        let rollup = try String(contentsOfFile: "/proc/self/smaps_rollup", encoding: .utf8)
        let line = try #require(rollup.split(separator: "\n").first { $0.hasPrefix("\(name):") })
        return try #require(Int(line.split(separator: " ")[1]))
    }

    @Test func `code is given back, and the program goes on`() throws {
        let before = try kilobytes("Rss")
        StartupPages.giveBack()
        #expect(try kilobytes("Rss") < before - 1024)
    }
}
