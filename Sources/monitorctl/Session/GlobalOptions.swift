internal import ArgumentParser
import MonitorConfig
internal import MonitorCore

/// What every verb takes, before or after it.
struct GlobalOptions: ParsableArguments {
    @Option(
        name: .customLong("config"),
        help: ArgumentHelp(
            "The configuration file. (default: $MONITOR_CONFIG, or the first that exists of "
                + Configuration.defaultPlaces.joined(separator: " and ") + ")", valueName: "file"),
        completion: .file())
    var configurationFile: String?
}
