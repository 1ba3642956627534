import Foundation
import Testing
import VoxONNX
import VoxTensor
import _VoxTestSupport

/// The folder `$VOXPLAIN_MODELS`, which `Tests/models/export.py` has filled.
private enum ExportedNetworks {
  static let folder = ProcessInfo.processInfo.environment["VOXPLAIN_MODELS"].map {
    URL(filePath: $0, directoryHint: .isDirectory)
  }

  static let names: [String] = {
    let files = folder.flatMap { try? FileManager.default.contentsOfDirectory(atPath: $0.path) } ?? []
    return files.filter { $0.hasSuffix(".onnx") }.map { String($0.dropLast(5)) }.sorted()
  }()
}

/// Networks as users export them, against PyTorch's values.
@Suite(.enabled(if: ExportedNetworks.folder != nil, "VOXPLAIN_MODELS names no folder of exported networks"))
struct ExportedNetworkTests {
  @Test func thereAreNetworks() { #expect(!ExportedNetworks.names.isEmpty) }

  @Test(arguments: ExportedNetworks.names)
  func valuesArePyTorchs(_ name: String) throws {
    let folder = try #require(ExportedNetworks.folder)
    let array = { (file: String) throws in try NpyFile(contentsOf: folder.appending(path: "\(name)/\(file).npy")) }
    let image = try array("image")
    let graph = try ONNXModel(contentsOf: folder.appending(path: "\(name).onnx").path).graph
    let output = try #require(graph.outputs.firstIndex { $0.name == "logits" })
    let model = try CompiledModel(graph, inputShape: Shape([1] + image.shape), output: output, threads: 2)
    let logits = Tensor(model.outputShape)
    try model.forward(Tensor(model.inputShape, image.values.map(Float.init)), into: logits, keepingTape: true)
    let reference = try array("logits")
    #expect(model.outputShape.extents == [1] + reference.shape)
    let error = relativeError(Array(logits.elements), reference.values)
    #expect(error <= 1e-4, "logits")

    let labels = try array("labels").values.map { Int($0) }
    let classes = try String(contentsOf: folder.appending(path: "\(name)/classes.csv"), encoding: .utf8)
    var report = "\(name): \(model.specialized.graph.nodes.count) nodes, logits \(error.rounded)"
    for line in classes.split(separator: "\n") {
      let fields = line.split(separator: ",")
      let target = try #require(fields.first.flatMap { Int($0) })
      let inexactness = try #require(fields.last.flatMap { Double($0) })
      let cotangent = Tensor(model.outputShape)
      for (voxel, label) in labels.enumerated() where label == target {
        cotangent.elements[target * labels.count + voxel] = 1
      }
      let gradient = Tensor(model.inputShape)
      try model.vjp(cotangent, into: gradient)
      let error = relativeError(Array(gradient.elements), try array("vg_\(target)").values)
      #expect(error <= 1e-3, "class \(target); PyTorch in float32: \(inexactness)")
      report += ", class \(target) \(error.rounded) (PyTorch \(inexactness))"
    }
    print(report)
  }
}

extension Double {
  /// Two significant digits.
  fileprivate var rounded: String { String(format: "%.1e", self) }
}
