// swift-tools-version: 6.2
import PackageDescription

// Not MemberImportVisibility: which C module a member of timespec belongs to depends, on Linux, on the order in which the
// compiler loads them, so that a build in release mode fails where one in debug mode does not.
let settings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
]

let package = Package(
    name: "process-monitor",
    products: [
        .library(name: "MonitorCore", targets: ["MonitorCore"]),
        // Each costs who asks for it one dependency, and others nothing.
        .library(name: "MonitorMetrics", targets: ["MonitorMetrics"]),
        .library(name: "MonitorServiceLifecycle", targets: ["MonitorServiceLifecycle"]),
        .library(name: "MonitorStore", targets: ["MonitorStore"]),
        // For test targets: the suite that every store passes.
        .library(name: "MonitorStoreConformance", targets: ["MonitorStoreConformance"]),
        .library(name: "MonitorSystemd", targets: ["MonitorSystemd"]),
        .executable(name: "monitord", targets: ["monitord"]),
        .executable(name: "monitorctl", targets: ["monitorctl"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        // Without its default trait: SubprocessFoundation would bring all of Foundation.
        .package(url: "https://github.com/swiftlang/swift-subprocess", from: "1.0.2", traits: []),
        // The types in which swift-subprocess takes paths and descriptors.
        .package(url: "https://github.com/apple/swift-system", from: "1.8.1"),
    ],
    targets: [
        .systemLibrary(
            name: "CMariaDB", pkgConfig: "libmariadb",
            providers: [.apt(["libmariadb-dev"]), .yum(["mariadb-connector-c-devel"])]),
        .systemLibrary(
            name: "CSQLite", pkgConfig: "sqlite3",
            providers: [.apt(["libsqlite3-dev"]), .yum(["sqlite-devel"])]),
        .systemLibrary(
            name: "CSystemd", pkgConfig: "libsystemd",
            providers: [.apt(["libsystemd-dev"]), .yum(["systemd-devel"])]),
        .systemLibrary(name: "CLinux"),
        // Declares what is called of libcurl, which is loaded when it is needed: nothing has to be there to build this.
        .systemLibrary(name: "CCurl"),
        .target(
            name: "MonitorCore", dependencies: [.product(name: "Logging", package: "swift-log")],
            swiftSettings: settings),
        // Descriptors, waiting and blocking calls, each written once: what the targets below share of the system.
        .target(name: "MonitorIO", swiftSettings: settings),
        .target(name: "MonitorConfig", dependencies: ["MonitorCore", "MonitorIO"], swiftSettings: settings),
        .target(
            name: "MonitorLinux",
            dependencies: [
                "CCurl", "CLinux", "MonitorCore", "MonitorIO", .product(name: "Logging", package: "swift-log"),
                .product(name: "Subprocess", package: "swift-subprocess"),
                .product(name: "SystemPackage", package: "swift-system"),
            ],
            swiftSettings: settings),
        .target(
            name: "MonitorStore",
            dependencies: [
                "MonitorCore", "MonitorIO", "CMariaDB", "CSQLite", .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: settings),
        .target(
            name: "MonitorSystemd",
            dependencies: [
                "MonitorCore", "MonitorIO", "MonitorLinux", "CSystemd", .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: settings),
        // What is true of a process and of a host, computed from rows: for the tool, and for whatever else shows it.
        .target(name: "MonitorStatus", dependencies: ["MonitorCore"], swiftSettings: settings),
        // The engine beside what a server in Swift is made of.
        .target(
            name: "MonitorMetrics",
            dependencies: ["MonitorCore", .product(name: "CoreMetrics", package: "swift-metrics")],
            swiftSettings: settings),
        .target(
            name: "MonitorServiceLifecycle",
            dependencies: [
                "MonitorCore", .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            swiftSettings: settings),
        // What every store does, as tests: of ours, and of anyone's.
        .target(name: "MonitorStoreConformance", dependencies: ["MonitorCore"], swiftSettings: settings),
        .executableTarget(
            name: "monitord",
            dependencies: [
                "CLinux", "MonitorConfig", "MonitorCore", "MonitorIO", "MonitorLinux", "MonitorStore", "MonitorSystemd",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ],
            swiftSettings: settings),
        .executableTarget(
            name: "monitorctl",
            dependencies: [
                "CLinux", "MonitorConfig", "MonitorCore", "MonitorIO", "MonitorLinux", "MonitorStatus", "MonitorStore",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: settings),
        .target(
            name: "TestSupport",
            dependencies: [
                "MonitorConfig", "MonitorCore", "MonitorIO", "MonitorStatus", "MonitorStore", "MonitorStoreConformance",
                .product(name: "Subprocess", package: "swift-subprocess"),
            ],
            path: "Tests/TestSupport", swiftSettings: settings),
        // What `make fuzz` tries, in a target of its own so that the tests try the corpus too.
        .target(
            name: "FuzzTargets",
            dependencies: [
                "MonitorConfig", "MonitorCore", "MonitorLinux", "MonitorStore", "MonitorSystemd",
                .product(name: "Logging", package: "swift-log"),
            ],
            path: "Fuzz/Targets", swiftSettings: settings),
        .testTarget(
            name: "MonitorCoreTests", dependencies: ["MonitorCore", "MonitorStoreConformance", "TestSupport"],
            swiftSettings: settings),
        .testTarget(
            name: "MonitorConfigTests", dependencies: ["MonitorConfig", "MonitorCore", "TestSupport"],
            swiftSettings: settings),
        .testTarget(
            name: "MonitorLinuxTests", dependencies: ["MonitorCore", "MonitorIO", "MonitorLinux", "TestSupport"],
            swiftSettings: settings),
        .testTarget(
            name: "FuzzTests", dependencies: ["FuzzTargets", "TestSupport"],
            swiftSettings: settings),
        .testTarget(
            name: "MonitorMetricsTests",
            dependencies: [
                "MonitorCore", "MonitorMetrics", "MonitorStoreConformance", "TestSupport",
                .product(name: "MetricsTestKit", package: "swift-metrics"),
            ],
            swiftSettings: settings),
        .testTarget(
            name: "MonitorServiceLifecycleTests",
            dependencies: [
                "MonitorCore", "MonitorServiceLifecycle", "TestSupport",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            swiftSettings: settings),
        .testTarget(
            name: "MonitorStatusTests", dependencies: ["MonitorCore", "MonitorStatus", "TestSupport"],
            swiftSettings: settings),
        .testTarget(
            name: "MonitorStoreTests",
            dependencies: [
                "MonitorConfig", "MonitorCore", "MonitorLinux", "MonitorStore", "MonitorStoreConformance",
                "TestSupport",
                "CMariaDB", "CSQLite", .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: settings),
        .testTarget(
            name: "MonitorSystemdTests", dependencies: ["MonitorLinux", "MonitorSystemd", "TestSupport"],
            swiftSettings: settings),
        .testTarget(
            name: "MonitorctlTests",
            dependencies: [
                "monitorctl", "MonitorConfig", "MonitorCore", "MonitorLinux", "MonitorStatus", "MonitorStore",
                "TestSupport",
                .product(name: "Subprocess", package: "swift-subprocess"),
            ],
            swiftSettings: settings),
        .testTarget(
            name: "IntegrationTests",
            dependencies: [
                "MonitorConfig", "MonitorCore", "MonitorLinux", "MonitorStore", "TestSupport", "CSQLite", "monitord",
                "monitorctl",
            ],
            swiftSettings: settings),
    ]
)

// The fuzzer's main function is libFuzzer's, so it can be built by `make fuzz` alone.
if Context.environment["MONITOR_FUZZ"] != nil {
    package.targets.append(
        .executableTarget(name: "fuzz", dependencies: ["FuzzTargets"], path: "Fuzz/Program", swiftSettings: settings))
}
