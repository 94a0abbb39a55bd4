/// Monit. What it does each second it does as often as it can.
struct Monit {
    let unit: Unit

    /// - Parameter command: what starts the process, in the background.
    init(watching pidFile: String, starting command: String) throws {
        try self.init(
            each: 1,
            """
            check process worker with pidfile \(pidFile)
                start program = "\(command)"

            """)
    }

    /// - Parameter checks: what it checks, in its own words.
    init(each seconds: Int, _ checks: String) throws {
        let file = "/tmp/monitrc"
        try write(
            """
            set daemon \(seconds)
            set logfile /tmp/monit.log
            set pidfile /tmp/monit-daemon.pid
            set idfile /tmp/monit.id
            set statefile /tmp/monit.state
            \(checks)
            """, to: file)
        unit = try Unit("monit-bench.service", command: "/usr/bin/monit -I -c \(file)")
        try unit.start()
    }
}

/// supervisord, the worker's parent.
struct Supervisor {
    let unit: Unit

    init(starting command: String) throws {
        let file = "/tmp/supervisord.conf"
        try write(
            """
            [supervisord]
            nodaemon=true
            user=root
            logfile=/tmp/supervisord.log
            pidfile=/tmp/supervisord.pid
            [program:worker]
            command=\(command)
            autorestart=true
            startsecs=0

            """, to: file)
        unit = try Unit("supervisord-bench.service", command: "/usr/bin/supervisord -n -c \(file)")
        try unit.start()
    }
}
