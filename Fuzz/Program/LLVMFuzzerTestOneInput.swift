import FuzzTargets

/// What libFuzzer calls for every input. An invariant that doesn't hold is a crash to it, and the input is kept.
@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ start: UnsafeRawPointer?, _ count: Int) -> CInt {
    do {
        try chosenTarget.check(Array(UnsafeRawBufferPointer(start: start, count: count)))
    } catch {
        fatalError("\(chosenTarget.name): it should hold: \(error)")
    }
    return 0
}
