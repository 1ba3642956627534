import Foundation
import Testing
import VoxONNX
import VoxTensor

/// Where the tests lie, and the list of what becomes of them.
private enum NodeTestFiles {
  static let folder = ProcessInfo.processInfo.environment["VOXPLAIN_NODE_TESTS"].map {
    URL(filePath: $0, directoryHint: .isDirectory)
  }

  static let manifest = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "../Golden/onnx-node/manifest.txt").standardized
}

/// ONNX's own tests of single operators, written by `Tests/models/node_tests.py` into `$VOXPLAIN_NODE_TESTS`.
///
/// `Golden/onnx-node/manifest.txt` lists what becomes of each: `pass`, or `skip` with the engine's reason. With
/// `RECORD_SNAPSHOTS` set the list is written anew, and the test fails.
@Suite(.enabled(if: NodeTestFiles.folder != nil, "VOXPLAIN_NODE_TESTS names no folder of ONNX's node tests"))
struct NodeTests {
  @Test func outcomesAreTheManifests() throws {
    let folder = try #require(NodeTestFiles.folder)
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { $0.hasSuffix(".onnx") }
    let found = try names.sorted().map { "\($0.dropLast(5)) \(try outcome(of: folder.appending(path: $0).path))" }
    if ProcessInfo.processInfo.environment["RECORD_SNAPSHOTS"] != nil {
      try (found.joined(separator: "\n") + "\n").write(to: NodeTestFiles.manifest, atomically: true, encoding: .utf8)
      Issue.record("the manifest is written anew")
    }
    let wrong = found.filter { $0.contains(" wrong: ") }
    #expect(wrong.isEmpty, "\(wrong.joined(separator: "\n"))")
    let listed = try String(contentsOf: NodeTestFiles.manifest, encoding: .utf8).split(separator: "\n").map(String.init)
    let differences = Set(found).symmetricDifference(listed).sorted()
    #expect(differences.isEmpty, "\(differences.joined(separator: "\n"))")
  }

  /// Tests whose values the specification's text contradicts, and so do PyTorch and ONNX Runtime: there the length of
  /// the resized axis is a whole number.
  private static let contradicted = ["linear", "cubic"].map { "test_resize_downsample_scales_\($0)_align_corners" }

  /// What becomes of one test.
  private func outcome(of path: String) throws -> String {
    if Self.contradicted.contains(where: path.contains) { return "skip: contradicts the specification's text" }
    do {
      let graph = try ONNXModel(contentsOf: path).graph
      let literals = Dictionary(graph.literals.map { (graph.names[$0.key.index], $0.value) }, uniquingKeysWith: { $1 })
      let feed = try #require(literals["feed"])
      for (position, port) in graph.outputs.enumerated() {
        let expected = try #require(literals["expected_\(position)"])
        let model = try CompiledModel(graph, inputShape: feed.shape, output: position, threads: 2)
        guard model.outputShape == expected.shape else {
          return "wrong: \(port.name) has shape \(model.outputShape), expected \(expected.shape)"
        }
        let output = Tensor(model.outputShape)
        try model.forward(Tensor(feed.shape, feed.floats), into: output, keepingTape: false)
        let error = difference(Array(output.elements), expected.floats)
        if !(error <= 1e-5) { return "wrong: \(port.name) differs by \(error)" }
      }
      return "pass"
    } catch let error as EngineError {
      // The file's path and the node's name say nothing new.
      let attribute = error.context.compactMap { context in
        if case .attribute(let name) = context { "\(name): " } else { nil }
      }
      return "skip: \(attribute.joined())\(error.message)"
    }
  }

  /// The largest difference relative to the largest finite value; equal infinities and NaNs do not differ.
  private func difference(_ found: [Float], _ expected: [Float]) -> Double {
    let differing = zip(found, expected).filter { $0 != $1 && !($0.isNaN && $1.isNaN) }
    let size = expected.filter(\.isFinite).map { Double(abs($0)) }.max() ?? 1
    return differing.map { abs(Double($0) - Double($1)) / max(size, 1e-30) }.max() ?? 0
  }
}
