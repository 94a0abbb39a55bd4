internal import Glibc

/// A thread for one piece of work that blocks.
final class OwnThread {
    private let work: @Sendable () -> Void

    private init(_ work: @escaping @Sendable () -> Void) { self.work = work }

    static func run(_ work: @escaping @Sendable () -> Void) {
        var thread = pthread_t()
        let argument = Unmanaged.passRetained(OwnThread(work)).toOpaque()
        let number = pthread_create(
            &thread, nil,
            { argument in
                Unmanaged<OwnThread>.fromOpaque(argument!).takeRetainedValue().work()
                return nil
            }, argument)
        precondition(number == 0, "pthread_create: \(number)")
        pthread_detach(thread)
    }
}
