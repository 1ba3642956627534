import Testing
import VoxONNX
import VoxTensor

@Suite struct GraphImportTests {
  @Test func headerAndPortsAreRead() throws {
    let model = try ONNXModel(contentsOf: Golden.path("initializers"))
    #expect(model.opset == 17)
    #expect(model.producer == "generate.py 1")
    #expect(model.metadata == ["voxplain": "{\"labels\":[]}", "note": "second"])
    #expect(model.graph.inputs.map(\.name) == ["x"])
    #expect(model.graph.inputs[0].extents == [1, nil, 4])
    #expect(model.graph.outputs.map(\.name) == ["y"])
    #expect(model.graph.outputs[0].extents == nil)
  }

  @Test func bytesGiveTheGraphOfTheFile() throws {
    let model = try ONNXModel(bytes: Golden.bytes("initializers"))
    #expect(model.graph.names == (try ONNXModel(contentsOf: Golden.path("initializers")).graph.names))
  }

  @Test func nodesAreSortedForExecution() throws {
    let graph = try ONNXModel(contentsOf: Golden.path("unsorted")).graph
    #expect(graph.nodes.map { type(of: $0.operator).name } == ["Tanh", "Sigmoid", "Relu"])
    #expect(graph.nodes.map(\.index) == [2, 1, 0])
    #expect(graph.nodes[0].name == "the Tanh")
  }

  @Test func anInputWithAnInitializerIsALiteral() throws {
    let graph = try ONNXModel(contentsOf: Golden.path("default_input")).graph
    #expect(graph.inputs.map(\.name) == ["x"])
    #expect(graph.literal("w")?.values == .floats([2]))
  }

  @Test func summaryListsEverythingUnsupported() throws {
    let summary = try ONNXSummary(contentsOf: Golden.path("unknown_several"))
    #expect(summary.operators == ["Frobnicate": 1, "Relu": 1, "Defrobnicate": 1])
    #expect(
      summary.unsupported.map(\.description) == [
        "node 0 \"the Frobnicate\" (Frobnicate): operator Frobnicate of operator set 17 is not implemented",
        "node 2 \"the Defrobnicate\" (Defrobnicate): operator Defrobnicate of operator set 17 is not implemented",
      ])
  }

  @Test func summaryOfASupportedFileListsNothing() throws {
    let summary = try ONNXSummary(bytes: Golden.bytes("unsorted"))
    #expect(summary.unsupported.isEmpty)
    #expect(summary.inputs.map(\.name) == ["x"])
    #expect(summary.outputs.map(\.name) == ["y"])
  }
}
