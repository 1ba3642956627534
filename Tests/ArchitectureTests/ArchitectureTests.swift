import Foundation
import Testing
import VoxOperators
import VoxTensor

/// The rules of the code's layout that a compiler does not check.
@Suite struct ArchitectureTests {
  static let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../..").standardized

  /// What each target may import of ours and of other packages; Foundation and the standard modules are free.
  static let allowed: [String: Set<String>] = [
    "VoxGrid": [],
    "VoxFormats": ["VoxGrid", "CGDCM", "CLinux", "CPNG", "CZlib"],
    "VoxStream": ["VoxGrid", "VoxFormats"],
    "VoxTensor": ["CDNNL", "CVoxKernels"],
    "VoxOperators": ["VoxTensor"],
    "VoxONNX": ["VoxTensor", "VoxOperators", "SwiftProtobuf"],
    "VoxAttribution": ["VoxTensor"],
    "VoxSegments": ["VoxGrid"],
    "VoxRender": ["VoxGrid"],
    "VoxCommand": [
      "VoxFormats", "VoxGrid", "VoxONNX", "VoxSegments", "VoxStream", "VoxTensor", "ArgumentParser", "Crypto",
    ],
  ]

  static let system: Set<String> = [
    "Foundation", "FoundationEssentials", "FoundationXML", "Dispatch", "Glibc", "Musl", "Synchronization",
  ]

  /// Swift files of Sources, without generated code.
  static let sources: [URL] = files(under: root.appending(path: "Sources"), "swift")
    .filter { !$0.lastPathComponent.hasSuffix(".pb.swift") }

  static func files(under folder: URL, _ ending: String) -> [URL] {
    let all = FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil)
    return (all?.compactMap { $0 as? URL } ?? []).filter { $0.pathExtension == ending }
      .sorted { $0.path < $1.path }
  }

  static func target(of file: URL) -> String {
    let parts = file.pathComponents
    let sources = parts.lastIndex(of: "Sources") ?? 0
    return parts[sources + 1]
  }

  @Test(arguments: allowed.keys.sorted())
  func aTargetImportsOnlyWhatTheDesignAllows(_ target: String) throws {
    let files = Self.sources.filter { Self.target(of: $0) == target }
    #expect(!files.isEmpty)
    for file in files {
      let text = try String(contentsOf: file, encoding: .utf8)
      let imports = /(?m)^(?:public |package |internal )?import (?:struct |class |enum |func )?(\w+)/
      for match in text.matches(of: imports) {
        let module = String(match.1)
        let known = Self.system.contains(module) || Self.allowed[target]?.contains(module) == true
        #expect(known, "\(file.lastPathComponent) imports \(module)")
      }
    }
  }

  @Test func nothingIsForced() throws {
    for file in Self.sources {
      let text = try String(contentsOf: file, encoding: .utf8)
      for (number, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
        let code = line.firstRange(of: "//").map { line[..<$0.lowerBound] } ?? line
        let forced = code.firstMatch(of: /try!|as!|fatalError\(|[\w\)\]]!(?:[\.\)\],]|$)/)
        #expect(forced == nil, "\(file.lastPathComponent):\(number + 1): \(code)")
      }
    }
  }

  @Test func librariesDoNotPrint() throws {
    for file in Self.sources where Self.allowed[Self.target(of: file)] != nil {
      let text = try String(contentsOf: file, encoding: .utf8)
      #expect(text.firstMatch(of: /(?m)^\s*print\(/) == nil, "\(file.lastPathComponent) prints")
    }
  }

  @Test func filesHoldOneIdea() throws {
    let tests = Self.files(under: Self.root.appending(path: "Tests"), "swift")
    for file in Self.sources + tests {
      let lines = try String(contentsOf: file, encoding: .utf8).split(separator: "\n", omittingEmptySubsequences: false)
      #expect(lines.count <= 500, "\(file.lastPathComponent) has \(lines.count) lines")
    }
  }

  @Test func everyOperatorIsAFileAndEveryFileIsRegistered() {
    let folder = Self.root.appending(path: "Sources/VoxOperators")
    let shared: Set = [
      "Boxes", "Broadcast", "Comparison", "Convolution", "Elementwise", "Folding", "FusedAttention", "FusedGelu",
      "FusedNormalization", "FusedPerceptron", "FusedSlices", "Interpolation", "Mapping", "NodeLine", "OperatorRegistry",
      "Pooling", "Product", "Reduction", "Reshaping", "SoftmaxFunction", "SpatialWindow", "VariadicOperator",
    ]
    let files = Set(Self.files(under: folder, "swift").map { $0.deletingPathExtension().lastPathComponent })
    let registered = Set(OperatorRegistry.all.map { String(describing: $0) })
    #expect(files.subtracting(shared) == registered)
    let names = OperatorRegistry.all.map { $0.name }
    #expect(names == names.sorted { $0.lowercased() < $1.lowercased() })
    #expect(Set(names).count == names.count)
  }

  @Test func theReadmeNamesEveryOperator() throws {
    let text = try String(contentsOf: Self.root.appending(path: "README.md"), encoding: .utf8)
    let list = try #require(text.firstMatch(of: /(?s)\nOperators: (.*?)\./)).1
    let named = list.split { ", \n".contains($0) }.map(String.init)
    #expect(Set(named) == Set(OperatorRegistry.all.map { $0.name } + ["Constant"]))
  }

  @Test func theTopOfTheRepositoryHoldsWhatTheDesignNames() throws {
    let expected: Set = ["Package.swift", "Sources", "Tests", "Samples", "man", "README.md", "LICENSE"]
    // What building and the quick start leave behind is ignored by git.
    let ignored: Set = ["Package.resolved", "voxplain-out"]
    let found = try FileManager.default.contentsOfDirectory(atPath: Self.root.path).filter { !$0.hasPrefix(".") }
    #expect(Set(found).subtracting(ignored) == expected)
  }
}
