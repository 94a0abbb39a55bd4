internal import Glibc

/// A system call that failed, with what the system says of it.
package struct SystemError: Error, Equatable, CustomStringConvertible {
    /// The name of the call: `open`.
    package let call: String
    /// Its `errno`.
    package let code: CInt

    /// Takes `errno` as it stands, so it has to be made before anything else is called.
    package init(_ call: String, code: CInt = errno) {
        self.call = call
        self.code = code
    }

    /// The system's words in this project's form: `no such file or directory`.
    package var reason: String {
        let text = String(cString: strerror(code))
        return text.prefix(1).lowercased() + text.dropFirst()
    }

    package var description: String { "\(call): \(reason)" }
}
