internal import ArgumentParser

/// What every verb takes, before or after it.
struct GlobalOptions: ParsableArguments {
    @Option(
        name: .customLong("config"),
        help: ArgumentHelp(
            "Read this configuration file.",
            discussion: "Without it: $MONITOR_CONFIG, /etc/monitord/config.ini, /opt/monitor_service/config.ini.",
            valueName: "file"),
        completion: .file())
    var configurationFile: String?
}
