package import MonitorCore

/// Why a database did not do what a statement asked.
package struct SQLError: Error, Sendable, Equatable {
    package var code: StoreError.Code
    /// The number of the server or library.
    package var number: Int32
    /// What is wrong and what mends it, without any value that was sent.
    package var reason: String
    /// Nothing more can be asked on this connection.
    package var endsConnection: Bool

    package init(_ code: StoreError.Code, number: Int32 = 0, reason: String, endsConnection: Bool = false) {
        self.code = code
        self.number = number
        self.reason = reason
        self.endsConnection = endsConnection
    }

    /// The same, as the caller of a store sees it: `message` says what was attempted.
    func storeError(_ message: String) -> StoreError { StoreError(code, message, reason: reason) }
}
