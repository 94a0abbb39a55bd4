internal import Glibc
internal import Synchronization

/// Servers for checks to ask, on loopback: a program of Python's own `http.server`, and of sockets that behave badly.
///
/// It ends with this, and also by itself when the tests are gone.
package final class CheckPeers: Sendable {
    package static let isAvailable = InstalledProgram.areInstalled("python3", "openssl")

    package let pid: Int32
    private let ports: [String: UInt16]
    /// Open as long as it may live.
    private let lifeline: CInt
    private let directory: TemporaryDirectory

    /// The path of a Unix socket that speaks HTTP.
    package var socketPath: String { "\(directory.path)/http.sock" }

    /// - Parameter certificates: for the servers of HTTPS; nil for none.
    package init(_ certificates: TestCertificates? = nil) async throws {
        directory = try TemporaryDirectory()
        // Servers that all tests of a suite share need it to the end.
        directory.removeAtExit()
        let script = "\(directory.path)/peers.py"
        let file = open(script, O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
        let text = Array(Self.program.utf8)
        guard file >= 0, write(file, text, text.count) == text.count else {
            throw TestFailure("cannot write \(script)")
        }
        close(file)
        var arguments = [script, "\(directory.path)/http.sock"]
        if let certificates {
            arguments += [certificates.certificate, certificates.expired, certificates.otherName, certificates.key]
        }
        let started = try Self.start(try InstalledProgram.required("python3"), arguments)
        (pid, lifeline) = (started.pid, started.input)
        var told: [String: UInt16] = [:]
        for line in try Self.lines(of: started.output).split(separator: "\n") {
            let words = line.split(separator: " ")
            if words.count == 2 { told[String(words[0])] = UInt16(words[1]) }
        }
        ports = told
        guard told["http"] != nil else { throw TestFailure("the servers did not start") }
    }

    deinit {
        close(lifeline)
        kill(pid, SIGKILL)
        waitpid(pid, nil, 0)
    }

    /// The port of a server: `http`, `good`, `expired`, `other-name`, `silent`, `closing`, `garbage`, `refusing`.
    package func port(_ name: String) -> UInt16 {
        guard let port = ports[name] else { preconditionFailure("no server \(name)") }
        return port
    }

    private static func start(
        _ program: String, _ arguments: [String]
    ) throws -> (pid: pid_t, input: CInt, output: CInt) {
        var input: [CInt] = [-1, -1]
        var output: [CInt] = [-1, -1]
        guard pipe(&input) == 0, pipe(&output) == 0 else { throw TestFailure("cannot make a pipe") }
        // Another program that a test starts meanwhile must not keep it alive.
        for end in input + output { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, input[0], 0)
        posix_spawn_file_actions_adddup2(&actions, output[1], 1)
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        let words = ([program] + arguments).map { strdup($0) } + [nil]
        defer { for word in words { free(word) } }
        var pid: pid_t = 0
        let problem = posix_spawn(&pid, program, &actions, &attributes, words, environ)
        for end in [input[0], output[1]] { close(end) }
        guard problem == 0 else { throw TestFailure("cannot start \(program): \(String(cString: strerror(problem)))") }
        return (pid, input[1], output[0])
    }

    /// Reads to the end, which the program makes when it is ready.
    private static func lines(of descriptor: CInt) throws -> String {
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 4096)
        while case let count = read(descriptor, &chunk, chunk.count), count > 0 { bytes += chunk[..<count] }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static let program = #"""
        import http.server, os, socket, socketserver, ssl, sys, threading, time

        class Answers(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *words): pass
            def address_string(self): return "peer"

            def send(self, status, body, headers=()):
                self.send_response(status)
                for name, value in headers: self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def stream(self, chunk, length=None, pause=0):
                self.send_response(200)
                if length: self.send_header("Content-Length", str(length))
                self.send_header("Connection", "close")
                self.end_headers()
                self.close_connection = True
                try:
                    while True:
                        self.wfile.write(chunk)
                        if pause: self.wfile.flush(); time.sleep(pause)
                except OSError: pass

            def do_GET(self):
                path = self.path.split("?")[0]
                if path == "/redirect": self.send(302, b"", [("Location", "/redirect?secret=1")])
                elif path == "/10gb": self.stream(b"x" * 65536, 10 << 30)
                elif path == "/endless": self.stream(b"x" * 65536)
                elif path == "/drip": self.stream(b"x", pause=1)
                elif path == "/headers": self.send(200, str(self.headers).encode())
                elif path == "/late": self.send(200, b"x" * (300 << 10) + b"the end")
                elif path == "/long": self.send(200, b"x" * (255 << 10) + b"the end")
                elif path == "/bell": self.send(500, b"", [("X-A", "b")])
                elif path == "/many":
                    self.wfile.write(b"HTTP/1.1 200 OK\r\n")
                    try:
                        while True: self.wfile.write(b"X-More: " + b"y" * 1000 + b"\r\n")
                    except OSError: self.close_connection = True
                elif path.startswith("/status/"): self.send(int(path[8:]), b"")
                else: self.send(200, b"all is well")

        class Server(http.server.ThreadingHTTPServer):
            request_queue_size = 128
            def handle_error(self, *words): pass

        class UnixServer(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
            daemon_threads = True
            def handle_error(self, *words): pass

        def run(server): threading.Thread(target=server.serve_forever, daemon=True).start()

        def serve(name, wrap=None):
            server = Server(("127.0.0.1", 0), Answers)
            if wrap: server.socket = wrap.wrap_socket(server.socket, server_side=True)
            run(server)
            print(name, server.server_address[1])

        def listen(name, answer):
            listener = socket.create_server(("127.0.0.1", 0), backlog=128)
            def loop():
                while True: answer(listener.accept()[0])
            if answer: threading.Thread(target=loop, daemon=True).start()
            print(name, listener.getsockname()[1])
            return listener

        kept = []
        def garbage(connection):
            connection.sendall(b"SSH-2.0-OpenSSH_9.2\r\n")
            kept.append(connection)

        serve("http")
        run(UnixServer(sys.argv[1], Answers))
        if len(sys.argv) > 2:
            for name, file in zip(["good", "expired", "other-name"], sys.argv[2:5]):
                context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
                context.load_cert_chain(file, sys.argv[5])
                serve(name, context)
        silent = listen("silent", kept.append)
        closing = listen("closing", lambda connection: connection.close())
        strange = listen("garbage", garbage)
        # Bound and not listening: it refuses, and no other program gets the port.
        refusing = socket.socket()
        refusing.bind(("127.0.0.1", 0))
        print("refusing", refusing.getsockname()[1])
        sys.stdout.flush()
        os.close(1)
        sys.stdin.buffer.read()
        os._exit(0)
        """#
}
