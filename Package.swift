// swift-tools-version: 6.1
import PackageDescription

let argumentParser = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let crypto = Target.Dependency.product(name: "Crypto", package: "swift-crypto")
let protobuf = Target.Dependency.product(name: "SwiftProtobuf", package: "swift-protobuf")

let package = Package(
  name: "voxplain",
  products: [
    .executable(name: "ctx2nii", targets: ["ctx2nii"]),
    .executable(name: "explain", targets: ["explain"]),
    .executable(name: "overlay", targets: ["overlay"]),
    .executable(name: "aggregate", targets: ["aggregate"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
    .package(url: "https://github.com/apple/swift-protobuf", from: "1.39.0"),
  ],
  targets: [
    // MARK: Commands
    .executableTarget(
      name: "ctx2nii", dependencies: ["VoxCommand", "VoxFormats", "VoxGrid", "VoxStream", argumentParser]),
    .executableTarget(
      name: "explain",
      dependencies: [
        "VoxCommand", "VoxAttribution", "VoxFormats", "VoxGrid", "VoxONNX", "VoxSegments", "VoxStream", "VoxTensor",
        "CSampleNetwork", argumentParser,
      ]),
    .executableTarget(
      name: "overlay",
      dependencies: ["VoxCommand", "VoxFormats", "VoxGrid", "VoxRender", "VoxSegments", "VoxStream", argumentParser]),
    .executableTarget(name: "aggregate", dependencies: ["VoxCommand", "VoxFormats", "VoxSegments", argumentParser]),

    // MARK: Libraries
    .target(name: "VoxGrid"),
    .target(name: "VoxFormats", dependencies: ["VoxGrid", "CGDCM", "CLinux", "CPNG", "CZlib"]),
    .target(name: "VoxStream", dependencies: ["VoxGrid", "VoxFormats"]),
    .target(name: "VoxTensor", dependencies: ["CDNNL", "CVoxKernels"]),
    .target(name: "VoxOperators", dependencies: ["VoxTensor"]),
    .target(
      name: "VoxONNX", dependencies: ["VoxTensor", "VoxOperators", protobuf], exclude: ["Schema/onnx.proto"]),
    .target(name: "VoxAttribution", dependencies: ["VoxTensor"]),
    .target(name: "VoxSegments", dependencies: ["VoxGrid"]),
    .target(name: "VoxRender", dependencies: ["VoxGrid"]),
    .target(
      name: "VoxCommand",
      dependencies: [
        "VoxFormats", "VoxGrid", "VoxONNX", "VoxSegments", "VoxStream", "VoxTensor", argumentParser, crypto,
      ]),

    // MARK: C
    .target(
      name: "CGDCM",
      linkerSettings: ["gdcmMSFF", "gdcmDSED", "gdcmDICT", "gdcmCommon"].map { .linkedLibrary($0) }),
    .target(name: "CDNNL", linkerSettings: ["dnnl", "m"].map { .linkedLibrary($0) }),
    .systemLibrary(name: "CLinux"),
    .target(name: "CVoxKernels"),
    .target(name: "CSampleNetwork"),
    .systemLibrary(name: "CPNG", providers: [.apt(["libpng-dev"])]),
    .systemLibrary(name: "CZlib", providers: [.apt(["zlib1g-dev"])]),

    // MARK: Test support
    .target(name: "_VoxTestSupport", path: "Tests/_VoxTestSupport"),
    .target(name: "_VoxReference", path: "Tests/_VoxReference"),
    .target(
      name: "_VoxCases", dependencies: ["_VoxReference", "_VoxTestSupport", "VoxOperators", "VoxTensor"],
      path: "Tests/_VoxCases"),

    // MARK: Tests
    .testTarget(name: "ArchitectureTests", dependencies: ["VoxOperators", "VoxTensor"]),
    .testTarget(name: "VoxGridTests", dependencies: ["VoxGrid", "_VoxTestSupport"]),
    .testTarget(name: "VoxFormatsTests", dependencies: ["VoxFormats", "VoxGrid", "CPNG", "_VoxTestSupport"]),
    .testTarget(name: "VoxStreamTests", dependencies: ["VoxStream", "VoxFormats", "VoxGrid", "_VoxTestSupport"]),
    .testTarget(name: "VoxTensorTests", dependencies: ["VoxTensor", "VoxOperators"]),
    .testTarget(
      name: "VoxOperatorsTests",
      dependencies: ["VoxOperators", "VoxTensor", "VoxONNX", "_VoxCases", "_VoxReference", "_VoxTestSupport"]),
    .testTarget(name: "VoxONNXTests", dependencies: ["VoxONNX", "VoxOperators", "VoxTensor", "_VoxTestSupport"]),
    .testTarget(name: "VoxAttributionTests", dependencies: ["VoxAttribution", "VoxTensor"]),
    .testTarget(name: "VoxSegmentsTests", dependencies: ["VoxSegments", "VoxFormats", "VoxGrid", "_VoxTestSupport"]),
    .testTarget(name: "VoxRenderTests", dependencies: ["VoxRender", "VoxGrid"]),
    .testTarget(
      name: "VoxCommandTests",
      dependencies: ["VoxCommand", "VoxFormats", "VoxGrid", "VoxStream", "_VoxTestSupport", argumentParser]),
    .testTarget(name: "CommandTests", dependencies: ["VoxFormats", "VoxGrid", "VoxStream", "_VoxTestSupport"]),
  ],
  swiftLanguageModes: [.v6],
  cxxLanguageStandard: .cxx17
)

// Fuzzers are built on demand with sanitizers of their own: Tests/fuzz/README.md.
if Context.environment["VOXPLAIN_FUZZ"] != nil {
  package.targets.append(.target(name: "CLibFuzzer", path: "Tests/fuzz/_CLibFuzzer"))
  package.targets.append(
    .target(name: "_VoxFuzzing", dependencies: ["VoxFormats", "VoxGrid", "CLibFuzzer"], path: "Tests/fuzz/_Support"))
  for format in ["DICOM", "MetaImage", "NIfTI", "NRRD"] {
    package.products.append(.executable(name: "fuzz-\(format)", targets: ["fuzz-\(format)"]))
    package.targets.append(
      .executableTarget(
        name: "fuzz-\(format)", dependencies: ["_VoxFuzzing", "CLibFuzzer", "VoxFormats"], path: "Tests/fuzz/\(format)",
        linkerSettings: [.unsafeFlags(["-sanitize=fuzzer,address", "-use-ld=lld"])]))
  }
}

for target in package.targets where target.type != .system {
  target.swiftSettings = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
  ]
}
