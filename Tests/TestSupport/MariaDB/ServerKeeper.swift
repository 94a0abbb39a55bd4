internal import Glibc
internal import Synchronization

/// A shell that starts and ends a server as it is told, and ends it for good when the test process is gone.
///
/// It hears of that by the end of its input, which comes however the process ends.
final class ServerKeeper: Sendable {
    private let pid: pid_t
    /// Our end of its input and output: an answer for each order.
    private let line: Mutex<Int32>

    private static let script = """
        directory=$1; shift
        # A server that starts removes the temporary tables that it finds, those of others too.
        export TMPDIR="$directory"
        split=$1; shift
        install=""
        while [ "$split" -gt 0 ]; do install="$install '$1'"; shift; split=$((split - 1)); done
        eval "$install" >"$directory/install.log" 2>&1 </dev/null || { echo failed; exit; }
        echo installed
        server=
        while read -r order; do
            case $order in
            start) "$@" >"$directory/server.log" 2>&1 </dev/null & server=$! ;;
            stop) kill -TERM $server; wait $server ;;
            kill) kill -KILL $server; wait $server ;;
            # The signal takes effect on each thread when that runs next.
            suspend) kill -STOP $server; until grep -q '^State:.T' /proc/$server/status; do :; done ;;
            resume) kill -CONT $server ;;
            esac
            echo "done"
        done
        [ -z "$server" ] || { kill -KILL $server; wait $server; }
        rm -rf "$directory"
        """

    /// Installs a server into a directory, which is removed with the keeper.
    init(directory: String, installer: [String], server: [String]) throws {
        var ends: [Int32] = [0, 0]
        // Close-on-exec: no other child may hold our end open.
        guard socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0, &ends) == 0 else {
            throw TestFailure("cannot make a pair of sockets: \(String(cString: strerror(errno)))")
        }
        let line = ends[0]
        self.line = Mutex(line)
        pid = try spawn(
            ["/bin/sh", "-c", Self.script, "keeper", directory, "\(installer.count)"] + installer + server,
            input: ends[1], output: ends[1])
        close(ends[1])
        guard Self.answer(on: line) == "installed" else {
            defer { removeDirectory(directory) }
            throw TestFailure("cannot install a database: \(contents(of: "\(directory)/install.log"))")
        }
    }

    deinit {
        line.withLock { _ = close($0) }
        waitpid(pid, nil, 0)
    }

    /// Gives an order; returns when it was carried out.
    func tell(_ order: String) throws {
        let isDone = line.withLock { line in
            let text = Array("\(order)\n".utf8)
            return send(line, text, text.count, Int32(MSG_NOSIGNAL)) == text.count
                && Self.answer(on: line) == "done"
        }
        guard isDone else { throw TestFailure("the keeper of the database did not \(order) it") }
    }

    private static func answer(on line: Int32) -> String {
        var text: [UInt8] = []
        var byte: UInt8 = 0
        while read(line, &byte, 1) == 1, byte != UInt8(ascii: "\n") { text.append(byte) }
        return String(decoding: text, as: UTF8.self)
    }
}
