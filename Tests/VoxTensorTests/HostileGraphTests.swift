import Testing
import VoxOperators
import VoxTensor

/// Graphs that ask for more than a machine has, or that break arithmetic on extents.
@Suite struct HostileGraphTests {
  private typealias Step = (name: String, attributes: [String: Attributes.Value], literals: [Literal])

  /// A chain of nodes, the first of which reads an input of a shape, or its literals alone.
  private func model(input: Shape?, _ steps: Step...) throws -> CompiledModel {
    var graph = Graph()
    let x = graph.value(named: "x")
    graph.inputs = [Graph.Port(value: x, name: "x", extents: nil)]
    var last = input == nil ? nil : x
    for (name, attributes, literals) in steps {
      var attributes = Attributes(attributes)
      let type = try #require(OperatorRegistry.find(name))
      let values = [last].compactMap(\.self) + literals.map { graph.literal($0, named: "w") }
      let y = graph.value(named: "y")
      graph.nodes.append(
        Graph.Node(
          index: graph.nodes.count, name: "", operator: try type.init(&attributes), inputs: values, outputs: [y]))
      last = y
    }
    graph.outputs = [Graph.Port(value: try #require(last), name: "y", extents: nil)]
    return try CompiledModel(graph, inputShape: input ?? [1], threads: 1)
  }

  @Test func memoryThatNoMachineHasIsRefusedBeforeItIsTouched() throws {
    let strides: [String: Attributes.Value] = ["strides": .integers([1 << 12, 1 << 12, 1 << 12])]
    let weight = Literal([1, 1, 1, 1, 1], floats: [1])
    let model = try model(
      input: [1, 1, 2, 2, 2], ("ConvTranspose", strides, [weight]), ("Conv", strides, [weight]))
    #expect(try model.memory(withTape: false).arena > 1 << 37)
    let error = #expect(throws: EngineError.self) {
      try model.forward(Tensor(model.inputShape), into: Tensor(model.outputShape), keepingTape: false)
    }
    #expect(try #require(error).description.contains("this machine cannot give"))
  }

  @Test func aConstantLargerThanAnyWeightIsNotComputed() throws {
    let extent = 1 << 15
    let column = Literal([extent, 1], floats: [Float](repeating: 1, count: extent))
    let row = Literal([1, extent], floats: [Float](repeating: 1, count: extent))
    let error = #expect(throws: EngineError.self) { try model(input: nil, ("Add", [:], [column, row])) }
    #expect(try #require(error).description.contains("expected a constant of at most"))
  }

  @Test(arguments: [-4, 4])
  func flattenRefusesAxesThatAreNotThere(_ axis: Int) throws {
    #expect(throws: EngineError.self) { try model(input: [2, 3, 4], ("Flatten", ["axis": .integer(axis)], [])) }
  }
}
