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

  /// Nearly all of the kernel hangs over, however far that is.
  @Test(arguments: [4, 1 << 20])
  func aDilationBeyondTheExtentsDoesNotTrap(_ dilation: Int) throws {
    let weights = Literal([8, 8, 3, 3, 3], floats: [Float](repeating: 1, count: 8 * 8 * 27))
    let attributes: [String: Attributes.Value] = [
      "dilations": .integers([dilation, dilation, dilation]),
      "pads": .integers([Int](repeating: dilation, count: 6)),
    ]
    let model = try model(input: [1, 8, 3, 3, 3], ("Conv", attributes, [weights]))
    let (input, gradient) = (Tensor(model.inputShape), Tensor(model.inputShape))
    input.elements.update(repeating: 1)
    let output = try model.forward(input, keepingTape: true)
    #expect(output.elements.allSatisfy { $0 == 8 })
    try model.vjp(input, into: gradient)
    #expect(gradient.elements.allSatisfy { $0 == 8 })
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

  /// Arguments that no tensor has, given to operators that take them from integers.
  private static let absurd: [(name: String, attributes: [String: Attributes.Value], literals: [Literal])] = {
    let extremes = [[Int64.min], [.max], [-1], [1 << 40], [.max - 1, .max], [0], []]
    let integers = extremes.map { Literal([$0.count], integers: $0) }
    let huge = Literal([3], integers: [1 << 20, 1 << 20, 1 << 20])
    let one = Literal([1], integers: [1])
    var steps: [(String, [String: Attributes.Value], [Literal])] = []
    for values in integers + [huge] {
      for name in ["Expand", "Tile", "Reshape", "Gather", "Unsqueeze", "Squeeze", "Split", "Pad", "ReduceSum"] {
        steps.append((name, [:], [values]))
      }
      steps.append(("Slice", [:], [values, one]))
      steps.append(("Slice", [:], [one, values]))
      steps.append(("Slice", [:], [one, one, values]))
      steps.append(("Slice", [:], [one, Literal([1], integers: [9]), one, values]))
      steps.append(("Pad", ["mode": .string("reflect")], [values]))
      steps.append(("Gather", ["axis": .integer(1)], [values]))
      steps.append(
        ("GatherND", [:], [Literal([1, values.shape.count], integers: values.integers?.map(Int64.init) ?? [])]))
    }
    for axis in [Int.min, -4, 3, .max] {
      for name in ["Softmax", "LogSoftmax", "Split", "Flatten"] { steps.append((name, ["axis": .integer(axis)], [])) }
      steps.append(("Gather", ["axis": .integer(axis)], [one]))
      steps.append(("ReduceMax", ["axes": .integers([axis])], []))
      steps.append(("DepthToSpace", ["blocksize": .integer(axis)], []))
    }
    return steps
  }()

  /// Each throws an error of the engine or compiles; what matters is that it does neither trap nor take memory.
  @Test func absurdArgumentsDoNotTrap() throws {
    for step in Self.absurd {
      do throws(EngineError) {
        let model = try self.compiled(input: [2, 3, 4], step)
        #expect(model.outputShape.count <= 1 << 38, "\(step.name) \(step.literals)")
        _ = try model.kernels()
      } catch {
        #expect([.malformed, .unsupported].contains(error.code), "\(step.name) \(step.literals): \(error)")
      }
    }
  }

  @Test(arguments: [[Int64(1) << 40], [1 << 20, 1 << 20], [.max, .max], [-1]])
  func constantsOfAbsurdShapesAreRefused(_ extents: [Int64]) {
    let shape = Literal([extents.count], integers: extents)
    #expect(throws: EngineError.self) { try model(input: nil, ("ConstantOfShape", [:], [shape])) }
  }

  @Test func rangesWithoutEndAreRefused() {
    let numbers = [0, 1, 0].map { Literal([], floats: [$0]) }
    #expect(throws: EngineError.self) { try model(input: nil, ("Range", [:], numbers)) }
    let integers = [Int64.min, .max, 1].map { Literal([], integers: [$0]) }
    #expect(throws: EngineError.self) { try model(input: nil, ("Range", [:], integers)) }
  }

  private func compiled(input: Shape, _ step: Step) throws(EngineError) -> CompiledModel {
    do {
      return try model(input: input, step)
    } catch let error as EngineError {
      throw error
    } catch {
      throw EngineError(.internal, "\(error)")
    }
  }
}
