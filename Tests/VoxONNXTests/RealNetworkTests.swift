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
      ("monai-small/segresnet.onnx", 267, 100), ("monai-small/swinunetr.onnx", 2175, 100),
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

  /// What exporters write around the arithmetic, such as the masks of shifted windows, is computed once, ahead.
  @Test(.enabled(if: isThere, "the networks of ../shared/data are absent"))
  func masksOfShiftedWindowsAreFolded() throws {
    let graph = try ONNXModel(contentsOf: path("monai-small/swinunetr.onnx")).graph
    let clock = ContinuousClock()
    let start = clock.now
    let folded = try SpecializedGraph(graph, inputShapes: [[1, 1, 64, 64, 64]])
    #expect(clock.now - start < .seconds(10))
    #expect(folded.graph.nodes.count < 600)
    let forwardOnly: Set = ["Equal", "Not", "ConstantOfShape", "Mod", "Shape", "Where", "ScatterND", "Expand"]
    let left = Set(folded.graph.nodes.map { type(of: $0.operator).name })
    #expect(left.isDisjoint(with: forwardOnly), "\(left)")
  }

  @Test func unsupportedNodesAreListed() throws {
    let summary = try ONNXSummary(contentsOf: Golden.path("unknown_several"))
    let listed = Set(summary.unsupported.compactMap(\.operatorName))
    #expect(!listed.isEmpty)
    #expect(listed.isSubset(of: summary.operators.keys))
    let error = #expect(throws: EngineError.self) { try ONNXModel(contentsOf: Golden.path("unknown_several")) }
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
