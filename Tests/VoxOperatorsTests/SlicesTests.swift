import Testing
import VoxOperators
import VoxTensor

/// Slices of one tensor that are joined again become one operator, which copies what they copy one after the other.
@Suite struct SlicesTests {
  /// Numbers of an input's elements, as nodes that only copy hand them on.
  private struct Numbers {
    var shape: Shape
    var values: [Int]

    init(_ shape: Shape) { (self.shape, values) = (shape, Array(0..<shape.count)) }

    /// The elements from `start` on, `step` apart, `count` of them.
    func cut(_ axis: Int, from start: Int, step: Int = 1, count: Int) -> Numbers {
      var result = self
      result.shape[axis] = count
      let inner = shape.extents[(axis + 1)...].reduce(1, *)
      result.values = (0..<result.shape.count).map { element in
        let (outer, rest) = element.quotientAndRemainder(dividingBy: inner * count)
        let (place, low) = rest.quotientAndRemainder(dividingBy: inner)
        return values[(outer * shape[axis] + start + step * place) * inner + low]
      }
      return result
    }

    func joined(_ others: [Numbers], along axis: Int) -> Numbers {
      var result = self
      let all = [self] + others
      result.shape[axis] = all.reduce(0) { $0 + $1.shape[axis] }
      let rows = all.map { $0.shape.extents[axis...].reduce(1, *) }
      let outer = shape.extents[..<axis].reduce(1, *)
      result.values = (0..<outer).flatMap { row in
        zip(all, rows).flatMap { $0.values[$1 * row..<$1 * (row + 1)] }
      }
      return result
    }
  }

  /// A graph that only copies, and the numbers of the elements it hands on.
  private struct Copies {
    var graph = Graph()
    var known: [Graph.Value: Numbers] = [:]
    var last: Graph.Value

    init(_ shape: Shape) {
      last = graph.value(named: "x")
      graph.inputs = [Graph.Port(value: last, name: "x", extents: nil)]
      known[last] = Numbers(shape)
    }

    private mutating func add(
      _ name: String, _ inputs: [Graph.Value], _ values: [String: Attributes.Value] = [:]
    ) throws -> Graph.Value {
      var attributes = Attributes(values, opset: 17)
      let op = try #require(OperatorRegistry.find(name)).init(&attributes)
      let output = graph.value(named: name)
      graph.nodes.append(
        Graph.Node(index: graph.nodes.count, name: name, operator: op, inputs: inputs, outputs: [output]))
      last = output
      return output
    }

    @discardableResult
    mutating func cut(
      _ x: Graph.Value, _ axis: Int, from start: Int, step: Int = 1, count: Int
    ) throws -> Graph.Value {
      let lists = [start, start + step * (count - 1) + 1, axis, step].map {
        graph.literal(Literal([1], integers: [Int64($0)]), named: "list")
      }
      let numbers = try #require(known[x]).cut(axis, from: start, step: step, count: count)
      let y = try add("Slice", [x] + lists)
      known[y] = numbers
      return y
    }

    mutating func join(_ parts: [Graph.Value], along axis: Int) throws {
      let numbers = try parts.map { try #require(known[$0]) }
      let y = try add("Concat", parts, ["axis": .integer(axis)])
      known[y] = numbers[0].joined(Array(numbers.dropFirst()), along: axis)
    }

    mutating func rectify() throws {
      let x = last
      known[try add("Relu", [x])] = known[x]
    }

    /// What `torch.roll` becomes.
    mutating func roll(_ axis: Int, by shift: Int) throws {
      let x = last
      let count = try #require(known[x]).shape[axis]
      let tail = try cut(x, axis, from: shift, count: count - shift)
      let head = try cut(x, axis, from: 0, count: shift)
      try join([tail, head], along: axis)
    }

    var finished: Graph {
      var graph = graph
      graph.outputs = [Graph.Port(value: last, name: "y", extents: nil)]
      return graph
    }
  }

  private enum Case: String, CaseIterable, CustomTestStringConvertible {
    case shifted, shiftedAndCut, shiftedThere, merged, mergedTwice, mirrored, shiftedChannels

    var testDescription: String { rawValue }

    var shape: Shape { self == .merged || self == .mergedTwice ? [1, 4, 6, 4, 3] : [1, 5, 7, 6, 9] }

    func copies() throws -> Copies {
      var copies = Copies(shape)
      let x = copies.last
      switch self {
      case .shifted, .shiftedAndCut, .shiftedThere:
        for (axis, shift) in [(2, 3), (3, 4), (4, 3)] { try copies.roll(axis, by: shift) }
        if self == .shiftedThere { for (axis, shift) in [(2, 4), (3, 2), (4, 6)] { try copies.roll(axis, by: shift) } }
        if self == .shiftedAndCut { try copies.cut(copies.last, 3, from: 1, count: 4) }
      case .merged, .mergedTwice:
        // Halves of each axis one after the other; of the second kind some are taken twice, others never.
        var parts: [Graph.Value] = []
        for (a, b) in self == .merged ? [(0, 0), (1, 0), (0, 1), (1, 1)] : [(0, 0), (1, 0), (1, 0), (1, 1)] {
          let rows = try copies.cut(x, 2, from: a, step: 2, count: 3)
          parts.append(try copies.cut(rows, 3, from: b, step: 2, count: 2))
        }
        try copies.join(parts, along: 4)
      case .mirrored:
        try copies.join([try copies.cut(x, 4, from: 0, count: 6), try copies.cut(x, 4, from: 3, count: 6)], along: 4)
      case .shiftedChannels: try copies.roll(1, by: 2)
      }
      return copies
    }
  }

  @Test(arguments: Case.allCases) private func oneOperatorCopiesAll(_ item: Case) throws {
    let copies = try item.copies()
    let model = try CompiledModel(copies.finished, inputShape: item.shape, threads: 2)
    #expect(model.specialized.graph.nodes.map { type(of: $0.operator).name } == ["FusedSlices"])
    let numbers = try #require(copies.known[copies.last])
    let values = (0..<item.shape.count).map { Float(($0 * 37) % 101) / 7 }
    let cotangent = numbers.values.indices.map { Float(($0 * 53) % 97) }
    let output = Tensor(numbers.shape), gradient = Tensor(item.shape)
    try model.forward(Tensor(item.shape, values), into: output, keepingTape: true)
    try model.vjp(Tensor(numbers.shape, cotangent), into: gradient)
    var expected = [Float](repeating: 0, count: values.count)
    for (number, cotangent) in zip(numbers.values, cotangent) { expected[number] += cotangent }
    #expect(Array(output.elements) == numbers.values.map { values[$0] })
    #expect(Array(gradient.elements) == expected)
  }

  @Test func slicesOfDifferentTensorsStay() throws {
    var copies = Copies([1, 2, 6, 4, 4])
    let x = copies.last
    try copies.roll(2, by: 2)
    try copies.rectify()
    let other = copies.last
    try copies.join([try copies.cut(x, 3, from: 0, count: 2), other], along: 3)
    let model = try CompiledModel(copies.finished, inputShape: [1, 2, 6, 4, 4], threads: 2)
    #expect(
      model.specialized.graph.nodes.map { type(of: $0.operator).name } == ["FusedSlices", "Relu", "Slice", "Concat"])
  }
}
