/// A graph for inputs of given shapes: what can be computed ahead is literal, what nothing needs is gone.
public struct SpecializedGraph: Sendable {
  /// Nodes that remain.
  public internal(set) var graph: Graph
  /// Shape of every value that a remaining node reads or makes.
  public let shapes: [Graph.Value: Shape]

  /// Infers shapes, folds constants and drops nodes that no output needs.
  ///
  /// - Parameters:
  ///   - graph: the graph as loaded.
  ///   - inputShapes: one shape per input of the graph.
  /// - Throws: ``EngineError`` naming the node where shapes do not fit.
  /// - Complexity: O(nodes) plus the work of the folded ones.
  public init(_ graph: Graph, inputShapes: [Shape]) throws(EngineError) {
    try Self.check(inputShapes, against: graph.inputs)
    var folded = graph
    folded.nodes = []
    var facts = graph.literals.mapValues { Fact($0) }
    for (port, shape) in zip(graph.inputs, inputShapes) { facts[port.value] = Fact(shape: shape) }
    var budget = ConstantBudget(graph)
    for (position, node) in graph.nodes.enumerated() {
      do throws(EngineError) {
        let inputs = try Self.facts(of: node, in: facts)
        if let literals = try Self.folded(node, inputs) {
          for (value, literal) in zip(node.outputs, literals) {
            try budget.take(literal, as: value)
            folded.literals[value] = literal
            facts[value] = Fact(literal)
          }
          // What only folded nodes read is not held until the end.
          for value in budget.done(after: position) {
            folded.literals[value] = nil
            facts[value] = nil
          }
        } else {
          budget.keep(node.inputs)
          for (value, shape) in zip(node.outputs, try node.operator.outputShapes(inputs)) {
            try Self.check(shape)
            facts[value] = Fact(shape: shape)
          }
          folded.nodes.append(node)
        }
      } catch {
        throw error.inside(node.context)
      }
    }
    folded.dropUnused()
    self.graph = folded
    self.shapes = facts.mapValues(\.shape)
  }

  /// Floating-point operations of one forward pass.
  public var flops: Double { graph.nodes.reduce(0) { $0 + flops($1) } }

  /// Floating-point operations of one node's forward pass.
  func flops(_ node: Graph.Node) -> Double {
    node.operator.flops(node.inputs.map { $0.flatMap { shapes[$0] } }, node.outputs.compactMap { shapes[$0] })
  }

  private static func facts(of node: Graph.Node, in known: [Graph.Value: Fact]) throws(EngineError) -> [Fact?] {
    let arity = type(of: node.operator).arity
    guard arity.contains(node.inputs.count) else {
      throw EngineError(
        .malformed,
        "expected \(arity.lowerBound)\(arity.count > 1 ? " to \(arity.upperBound)" : "") inputs, "
          + "found \(node.inputs.count)")
    }
    var facts: [Fact?] = []
    for (position, input) in node.inputs.enumerated() {
      guard let input else {
        guard position >= arity.lowerBound else {
          throw EngineError(.malformed, "input \(position) is required, but left out")
        }
        facts.append(nil)
        continue
      }
      guard let fact = known[input] else {
        throw EngineError(.malformed, "input \(position) is read before any node makes it")
      }
      facts.append(fact)
    }
    return facts
  }

  private static func folded(_ node: Graph.Node, _ inputs: [Fact?]) throws(EngineError) -> [Literal]? {
    if let literals = try node.operator.fold(inputs) { return literals }
    guard !inputs.isEmpty, inputs.allSatisfy({ $0?.literal != nil || $0 == nil }) else { return nil }
    for shape in try node.operator.outputShapes(inputs) {
      try check(shape)
      try Literal.expectComputable(shape)
    }
    return try CompiledModel.evaluate(node.operator, inputs.map { $0?.literal })
  }

  private static func check(_ shapes: [Shape], against ports: [Graph.Port]) throws(EngineError) {
    guard shapes.count == ports.count else {
      throw EngineError(.malformed, "expected one input shape, the graph has \(ports.count) inputs")
    }
    for (shape, port) in zip(shapes, ports) {
      try check(shape)
      guard let declared = port.extents else { continue }
      let fits = declared.count == shape.rank && zip(declared, shape.extents).allSatisfy { $0 == nil || $0 == $1 }
      if !fits {
        let text = "[" + declared.map { $0.map(String.init) ?? "?" }.joined(separator: ",") + "]"
        throw EngineError(
          .malformed, "the network wants shape \(text), asked for \(shape)", at: .tensor(port.name))
      }
    }
  }

  /// Refuses shapes whose element count cannot be a tensor in memory.
  private static func check(_ shape: Shape) throws(EngineError) {
    var count = 1
    for extent in shape.extents {
      let (product, overflow) = count.multipliedReportingOverflow(by: extent)
      guard extent > 0, !overflow, product <= 1 << 38 else {
        throw EngineError(.malformed, "expected extents from 1 and at most 2^38 elements, found shape \(shape)")
      }
      count = product
    }
  }
}

/// Which literals are still to be read while nodes are folded, and how many elements they hold.
private struct ConstantBudget {
  /// Values whose last reader is a node, by the node's position.
  private var lastReads: [Int: [Graph.Value]] = [:]
  private var kept: Set<Graph.Value>
  private var sizes: [Graph.Value: Int] = [:]
  private var elements = 0

  /// Elements of all literals that are held at a time besides those of the file.
  private static let limit = 2 * Literal.largestConstant

  init(_ graph: Graph) {
    var last: [Graph.Value: Int] = [:]
    for (position, node) in graph.nodes.enumerated() {
      for input in node.inputs { if let input { last[input] = position } }
    }
    for (value, position) in last { lastReads[position, default: []].append(value) }
    kept = Set(graph.outputs.map(\.value))
  }

  mutating func take(_ literal: Literal, as value: Graph.Value) throws(EngineError) {
    sizes[value] = literal.shape.count
    elements += literal.shape.count
    guard elements <= Self.limit else {
      throw EngineError(
        .unsupported,
        "expected constants of at most \(Self.limit) elements at a time, found more at shape "
          + "\(literal.shape)")
    }
  }

  /// Marks what a node reads that remains.
  mutating func keep(_ values: [Graph.Value?]) { kept.formUnion(values.compactMap(\.self)) }

  /// The values that no node after a position reads.
  mutating func done(after position: Int) -> [Graph.Value] {
    let values = (lastReads[position] ?? []).filter { !kept.contains($0) }
    for value in values { elements -= sizes.removeValue(forKey: value) ?? 0 }
    return values
  }
}

extension Graph {
  /// Removes nodes that no output needs, and literals that no node or output reads.
  mutating func dropUnused() {
    var needed = Set(outputs.map(\.value))
    var kept: [Node] = []
    for node in nodes.reversed() where node.outputs.contains(where: needed.contains) {
      needed.formUnion(node.inputs.compactMap(\.self))
      kept.append(node)
    }
    nodes = kept.reversed()
    literals = literals.filter { needed.contains($0.key) }
  }
}
