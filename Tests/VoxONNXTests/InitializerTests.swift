import Testing
import VoxONNX
import VoxTensor

@Suite struct InitializerTests {
  struct Case: CustomTestStringConvertible {
    let type: String
    let values: Literal.Values
    var testDescription: String { type }
  }

  static let reals: [Float] = [1.5, -2, 0, 65504]
  static let cases = [
    Case(type: "float", values: .floats(reals)),
    Case(type: "double", values: .floats(reals)),
    Case(type: "float16", values: .floats(reals)),
    Case(type: "bfloat16", values: .floats([1.5, -2, 0, 65280])),
    Case(type: "bool", values: .integers([1, 0, 1, 1])),
    Case(type: "int8", values: .integers([-128, -1, 0, 127])),
    Case(type: "uint8", values: .integers([0, 1, 200, 255])),
    Case(type: "int16", values: .integers([-32768, -1, 0, 32767])),
    Case(type: "uint16", values: .integers([0, 1, 40000, 65535])),
    Case(type: "int32", values: .integers([-2_147_483_648, -1, 0, 2_147_483_647])),
    Case(type: "uint32", values: .integers([0, 1, 3_000_000_000, 4_294_967_295])),
    Case(type: "int64", values: .integers([.min, -1, 0, .max])),
    Case(type: "uint64", values: .integers([0, 1, 1 << 62, .max])),
  ]

  @Test(arguments: cases, ["raw", "typed"])
  func elementsAreReadFromEveryField(_ expected: Case, _ storage: String) throws {
    let graph = try ONNXModel(contentsOf: Golden.path("initializers")).graph
    let literal = try #require(graph.literal("\(expected.type)_\(storage)"))
    #expect(literal.shape == [2, 2])
    #expect(literal.values == expected.values)
  }

  @Test func scalarsAndEmptyTensorsHaveTheirShapes() throws {
    let graph = try ONNXModel(contentsOf: Golden.path("initializers")).graph
    #expect(graph.literal("scalar")?.shape == [])
    #expect(graph.literal("scalar")?.values == .floats([7]))
    #expect(graph.literal("empty")?.shape == [0])
    #expect(graph.literal("empty")?.values == .integers([]))
  }

  @Test func constantNodesBecomeLiterals() throws {
    let graph = try ONNXModel(contentsOf: Golden.path("constants")).graph
    #expect(graph.nodes.count == 1)
    #expect(graph.literal("tensor")?.values == .floats([1, 2]))
    #expect(graph.literal("float")?.values == .floats([2.5]))
    #expect(graph.literal("float")?.shape == [])
    #expect(graph.literal("floats")?.values == .floats([2.5, 3.5]))
    #expect(graph.literal("int")?.values == .integers([-3]))
    #expect(graph.literal("ints")?.values == .integers([4, -5]))
    #expect(graph.literal("ints")?.shape == [2])
  }
}

extension Graph {
  /// The literal of a name.
  func literal(_ name: String) -> Literal? { literals.first { names[$0.key.index] == name }?.value }
}
