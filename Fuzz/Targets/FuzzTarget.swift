/// Something of the product that reads what others write, with all that must hold whatever it reads.
///
/// A fuzzer gives it the inputs that it thinks of (`make fuzz`), and the ordinary tests those that are kept in
/// `Fuzz/Corpus`: seeds, and what once broke it.
package struct FuzzTarget: Sendable {
    /// How it is called on the command line, and its directory of the corpus.
    package let name: String
    /// Tries one input.
    package let check: @Sendable ([UInt8]) throws(BrokenInvariant) -> Void

    /// Every target, in the order in which they are run.
    package static let all: [FuzzTarget] = [
        .ini, .configuration, .duration, .commandTemplate, .commandOutput, .procStat, .procStatus, .processEntry,
        .pidFile, .launchRecord, .processName, .namePattern, .display, .logLine, .environmentFile,
        .binaryLog,
    ]
}

/// What should have held for an input, and did not.
package struct BrokenInvariant: Error, CustomStringConvertible {
    package let description: String

    init(_ description: String) { self.description = description }
}

/// Demands that something holds.
///
/// - Parameter what: what should hold, a phrase.
func demand(_ holds: Bool, _ what: @autoclosure () -> String) throws(BrokenInvariant) {
    guard holds else { throw BrokenInvariant(what()) }
}
