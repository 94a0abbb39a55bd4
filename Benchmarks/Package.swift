// swift-tools-version: 6.2
import PackageDescription

// Apart from the product, whose programs it drives from outside: it links nothing of theirs.
let package = Package(
    name: "benchmarks",
    targets: [
        .systemLibrary(name: "CLibraries", pkgConfig: "libmariadb"),
        .executableTarget(
            name: "bench", dependencies: ["CLibraries"],
            swiftSettings: [.swiftLanguageMode(.v6), .treatAllWarnings(as: .error)]),
        .executableTarget(name: "empty"),
    ]
)
