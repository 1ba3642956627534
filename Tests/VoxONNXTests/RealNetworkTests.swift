import Testing
import VoxONNX
import VoxTensor
import _VoxTestSupport

@Suite struct RealNetworkTests {
  static let isThere = SharedData.has("models")

  private func path(_ name: String) -> String { SharedData.path("models/\(name)") }

  @Test(
    .enabled(if: isThere, "the networks of ../shared/data are absent"),
    arguments: [
      ("monai-small/unet.onnx", 66, 37), ("monai-small/dynunet.onnx", 71, 25), ("meshnet.onnx", 19, 20),
    ])
  func networkLoads(_ name: String, _ nodes: Int, _ initializers: Int) throws {
    let model = try ONNXModel(contentsOf: path(name))
    #expect(model.opset == 17)
    #expect(model.producer.hasPrefix("pytorch"))
    #expect(model.graph.nodes.count == nodes)
    #expect(model.graph.literals.count >= initializers)
    #expect(model.graph.inputs.map(\.name) == ["image"])
    #expect(model.graph.outputs.map(\.name) == ["logits"])
    #expect(try ONNXSummary(contentsOf: path(name)).unsupported.isEmpty)
  }

  @Test(
    .enabled(if: isThere, "the networks of ../shared/data are absent"),
    arguments: [("monai-small/segresnet.onnx", 345), ("monai-small/swinunetr.onnx", 4108)])
  func unsupportedNodesAreListed(_ name: String, _ nodes: Int) throws {
    let summary = try ONNXSummary(contentsOf: path(name))
    #expect(summary.operators.values.reduce(0, +) == nodes)
    let listed = Set(summary.unsupported.compactMap(\.operatorName))
    #expect(!listed.isEmpty)
    #expect(listed.isSubset(of: summary.operators.keys))
    let error = #expect(throws: EngineError.self) { try ONNXModel(contentsOf: path(name)) }
    #expect(error?.code == .unsupported)
    #expect(error?.operatorName == summary.unsupported.first?.operatorName)
  }
}

extension EngineError {
  /// The operator of the node that the error names.
  var operatorName: String? {
    for case .node(_, _, let name) in context { return name }
    return nil
  }
}
