import Glibc
import Logging
import MonitorConfig
import MonitorCore
import MonitorLinux
import MonitorStore
import MonitorSystemd
import UnixSignals

/// The composition root: what the daemon is made of, and how it lives.
struct Daemon {
    /// What the command line says.
    struct Options {
        var config: String?
        var logLevel: LoggingSettings.Level?
    }

    private let paths: StatePaths
    /// Held as long as the daemon lives.
    private let lock: InstanceLock
    private let log: DaemonLog
    private let host: Host
    private let engine: Engine<ContinuousClock>
    private let checks: CheckRunner<ContinuousClock>
    private let watch: (any AlarmWatch)?
    private let reload: Reload

    /// - Parameter host: made before anything else, because it changes the environment.
    init(
        _ loaded: LoadedConfiguration, options: Options, environment: [String: String], host: Host
    ) throws {
        // The reader of standard error may go away; that is an error of one write, and no reason to die.
        signal(SIGPIPE, SIG_IGN)
        // It may be ignored since before execve(2), and then the end of no command would be reported.
        signal(SIGCHLD, SIG_DFL)
        let configuration = loaded.configuration
        paths = StatePaths.current(for: configuration)
        try paths.makeDirectories()
        lock = try InstanceLock(path: paths.stateDirectory + "/lock")
        self.host = host
        log = DaemonLog(
            configuration.logging, processes: configuration.engine, level: options.logLevel, path: paths.logFile,
            isLoggedToJournal: host.environment.isLoggedToJournal, environment: environment)
        log.logger.info(
            "starts",
            metadata: [
                "event": "daemon.started", "version": "\(MonitorVersion.text)", "pid": "\(getpid())",
                "config": "\(configuration.path ?? "(defaults)")",
            ])
        for fallback in paths.fallbacks { log.logger.info("\(fallback)", metadata: ["event": "daemon.fallback"]) }
        log.warn(of: loaded.warnings)
        let password = try configuration.database.resolvedPassword(environment: environment)
        let login = DatabaseLogin(configuration.database, environment: environment)
        let rereadPassword: @Sendable () -> Secret? = { login.password() }
        let hostName = configuration.hostName
        let store = makeStore(
            configuration.database, host: hostName, machineID: MachineID.current(), path: paths.database,
            password: password, historyRetention: configuration.historyRetention, rereadPassword: rereadPassword,
            logger: log.logger)
        let pollNow = PollRequest()
        let parts = host.parts(paths: paths, logger: log.logger)
        checks = CheckRunner(
            settings: configuration.engine, parts: parts.checks, store: store, logger: log.logger,
            pollNow: { pollNow() })
        var engineOptions = EngineOptions()
        engineOptions.storeTimeout = configuration.database.progressSlack
        engineOptions.onStatus = { [notifier = host.notifier] in notifier.status("\($0)") }
        engine = Engine(
            settings: configuration.engine, store: store, parts: parts.recovery(asking: checks),
            identity: DaemonIdentity.ofThisProcess(host: hostName, version: MonitorVersion.text),
            logger: log.logger, options: engineOptions)
        watch = makeAlarmWatch(
            configuration.database, path: paths.database, password: password, rereadPassword: rereadPassword,
            logger: log.logger)
        reload = Reload(
            of: configuration, options: options, environment: environment, log: log, notifier: host.notifier,
            apply: { [engine, checks] in
                login.take($0.database)
                await engine.reload($0.engine)
                await checks.reload($0.engine)
            })
        pollNow.engine = engine
    }

    /// Serves the alarms that there are.
    ///
    /// - Returns: whether all of them were recovered.
    func runOnce() async throws -> Bool {
        try await engine.runOnce()
    }

    /// Works until SIGTERM or SIGINT.
    func run() async throws {
        let socket = try WakeSocket(path: paths.wakeSocket) { [engine] in engine.pollNow() }
        defer { socket.close() }
        let signals = await UnixSignalsSequence(trapping: .sighup, .sigterm, .sigint)
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await obey(signals) }
            group.addTask { await keepWatchdog() }
            group.addTask { await watch?.run { engine.pollNow() } }
            group.addTask { await checks.run() }
            group.addTask { await giveBackStartupPages() }
            host.notifier.ready()
            await engine.run()
            group.cancelAll()
        }
        log.logger.info("ends", metadata: ["event": "daemon.ended"])
    }

    private func obey(_ signals: UnixSignalsSequence) async {
        for await signal in signals {
            if signal == .sighup {
                await reload()
            } else {
                host.notifier.stopping()
                log.logger.info("is asked to stop", metadata: ["event": "daemon.stopping", "signal": "\(signal)"])
                await engine.stop()
            }
        }
    }

    /// Gives back what only the start needed, once that is over: the database is reached, and the first poll done.
    private func giveBackStartupPages() async {
        guard (try? await Task.sleep(for: .seconds(5))) != nil else { return }
        StartupPages.giveBack()
    }

    /// Pings systemd's watchdog while the engine makes progress, and only then.
    private func keepWatchdog() async {
        guard let interval = host.notifier.watchdogInterval else { return }
        while !Task.isCancelled {
            if await engine.isMakingProgress() { host.notifier.keepAlive() }
            try? await Task.sleep(for: interval)
        }
    }
}
