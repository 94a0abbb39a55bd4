// swift-tools-version: 6.2
import PackageDescription

let parts: [Target.Dependency] = [
    .product(name: "MonitorCore", package: "process-monitor"),
    .product(name: "Logging", package: "swift-log"),
]

let package = Package(
    name: "embedding",
    dependencies: [
        .package(name: "process-monitor", path: "../.."),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
    ],
    targets: [
        .executableTarget(name: "breaking", dependencies: parts),
        .executableTarget(name: "embedding", dependencies: parts),
        .executableTarget(name: "following", dependencies: parts),
        .executableTarget(name: "swapping", dependencies: parts),
        .target(name: "FileStore", dependencies: [.product(name: "MonitorCore", package: "process-monitor")]),
        .testTarget(
            name: "FileStoreTests",
            dependencies: [
                "FileStore",
                .product(name: "MonitorCore", package: "process-monitor"),
                .product(name: "MonitorStoreConformance", package: "process-monitor"),
            ]),
    ]
)
