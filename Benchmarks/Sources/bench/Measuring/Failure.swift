import Glibc

/// Why something can't be measured.
struct Failure: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }

    /// A system call that has just failed.
    init(call: String) { description = "\(call): \(String(cString: strerror(errno)))" }
}

/// Waits, at most this many seconds, until something is true; tried every so many milliseconds.
func wait(for what: String, seconds: Double = 20, every pause: Double = 1, until isTrue: () throws -> Bool) throws {
    let end = now() + seconds * 1000
    while try !isTrue() {
        guard now() < end else { throw Failure("\(what) did not happen within \(Int(seconds)) s") }
        bench.pause(milliseconds: pause)
    }
}
