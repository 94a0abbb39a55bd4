// swift-tools-version: 6.2
import PackageDescription

let monitor = "process-monitor"
let parts: [Target.Dependency] = [
    .product(name: "MonitorCore", package: monitor),
    .product(name: "Logging", package: "swift-log"),
]

let package = Package(
    name: "embedding",
    dependencies: [
        // Its name, as the directory may have another.
        .package(name: monitor, path: "../.."),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ],
    targets: [
        .executableTarget(name: "breaking", dependencies: parts),
        .executableTarget(name: "embedding", dependencies: parts),
        .executableTarget(name: "following", dependencies: parts),
        .executableTarget(
            name: "serving",
            dependencies: parts + [
                .product(name: "MonitorMetrics", package: monitor),
                .product(name: "MonitorServiceLifecycle", package: monitor),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ]),
        .executableTarget(name: "swapping", dependencies: parts),
        .target(name: "FileStore", dependencies: [.product(name: "MonitorCore", package: monitor)]),
        .testTarget(
            name: "FileStoreTests",
            dependencies: [
                "FileStore",
                .product(name: "MonitorCore", package: monitor),
                .product(name: "MonitorStoreConformance", package: monitor),
            ]),
    ]
)
