internal import ArgumentParser
internal import MonitorCore

/// A verb that works on the store.
///
/// It throws a ``Failure``, a `StoreError`, or the ``ExitStatus`` with which it ends after having said all there is to
/// say.
protocol Verb: AsyncParsableCommand {
    var global: GlobalOptions { get }
    func run(in session: Session) async throws
}

extension Verb {
    func run() async throws {
        let session = try Session(global)
        do {
            try await run(in: session)
        } catch {
            await session.store.close()
            throw error
        }
        await session.store.close()
    }
}
