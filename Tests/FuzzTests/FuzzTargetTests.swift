import FuzzTargets
import TestSupport
import Testing

/// What the fuzzer began with and what it once broke something with, tried again without it.
@Suite struct FuzzTargetTests {
    @Test(arguments: FuzzTarget.all.map(\.name))
    func `every input of the corpus keeps what must hold`(_ name: String) throws {
        let target = try #require(FuzzTarget.all.first { $0.name == name })
        let directory = RepositoryFile("Fuzz/Corpus/\(name)")
        let inputs = namesInDirectory(directory.path)
        #expect(!inputs.isEmpty)
        for input in inputs {
            let bytes = try RepositoryFile("Fuzz/Corpus/\(name)/\(input)").bytes()
            #expect(throws: Never.self, "\(name)/\(input)") { try target.check(bytes) }
            // An input that is cut short is another input.
            for length in stride(from: 0, to: bytes.count, by: max(1, bytes.count / 64)) {
                #expect(throws: Never.self, "\(length) bytes of \(name)/\(input)") {
                    try target.check(Array(bytes[..<length]))
                }
            }
        }
    }

    @Test func `the corpus has a directory for each target, and no other`() throws {
        #expect(Set(namesInDirectory(RepositoryFile("Fuzz/Corpus").path)) == Set(FuzzTarget.all.map(\.name)))
    }
}
