import FuzzTargets
import Glibc

/// The target that `FUZZ_TARGET` names. libFuzzer has the command line to itself.
let chosenTarget: FuzzTarget = {
    let name = getenv("FUZZ_TARGET").map { String(cString: $0) } ?? ""
    guard let target = FuzzTarget.all.first(where: { $0.name == name }) else {
        print("fuzz: FUZZ_TARGET is none of: \(FuzzTarget.all.map(\.name).joined(separator: " "))")
        exit(64)
    }
    return target
}()
