import VoxTensor

/// Nodes in a line, each the only reader of the one before, as an operator holds them that does the work of all.
///
/// Inputs are those of the first node, then of each node after it those that no node of the line makes.
struct NodeLine: Sendable {
  /// A node: its operator and, among its inputs, what the node before it makes.
  struct Link: Sendable {
    let node: any Operator
    let position: Int
    let inputs: Int

    fileprivate init(_ next: Follower) {
      (node, position, inputs) = (next.operator, next.position, next.inputs.count)
    }
  }

  private let first: any Operator
  private let firstInputs: Int
  let links: [Link]

  /// - Parameter inputs: how many inputs the first node has.
  init(_ first: any Operator, inputs: Int, _ line: ArraySlice<Follower>) {
    (self.first, firstInputs, links) = (first, inputs, line.map(Link.init))
  }

  func outputShapes(_ inputs: [Fact?]) throws(EngineError) -> [Shape] {
    var shape = try first.outputShapes(Array(inputs.prefix(firstInputs)))[0]
    try forEachLink { link, others throws(EngineError) in
      shape = try link.node.outputShapes(joined(Fact(shape: shape), inputs[others], link.position))[0]
    }
    return [shape]
  }

  /// Calls `body` for each node after the first with the positions of the inputs that it reads besides.
  func forEachLink(
    _ body: (_ link: Link, _ others: Range<Int>) throws(EngineError) -> Void
  ) throws(EngineError) {
    var start = firstInputs
    for link in links {
      try body(link, start..<start + link.inputs - 1)
      start += link.inputs - 1
    }
  }

  /// The inputs of a node: `handed` at a position, others around it.
  func joined<Input>(_ handed: Input, _ others: ArraySlice<Input?>, _ position: Int) -> [Input?] {
    var inputs = Array(others)
    inputs.insert(handed, at: position)
    return inputs
  }

  /// The nodes one after the other.
  func lower(_ inputs: [Operand?], into plan: PlanBuilder) throws(EngineError) -> Lowered {
    let beginning = try first.lower(Array(inputs.prefix(firstInputs)), into: plan)
    var y = beginning.outputs[0]
    var pullbacks: [(position: Int, others: Range<Int>, pullback: Lowered.Pullback)] = []
    try forEachLink { link, others throws(EngineError) in
      let lowered = try link.node.lower(joined(y, inputs[others], link.position), into: plan)
      y = lowered.outputs[0]
      pullbacks.append((link.position, others, lowered.pullback))
    }
    return Lowered([y]) { [pullbacks] cotangents, plan throws(EngineError) in
      var (cotangent, results) = (cotangents[0], [Operand?](repeating: nil, count: inputs.count))
      for link in pullbacks.reversed() {
        var parts = try link.pullback([cotangent], plan)
        cotangent = parts.remove(at: link.position)
        for (input, part) in zip(link.others, parts) { results[input] = part }
      }
      for (input, part) in try beginning.pullback([cotangent], plan).enumerated() { results[input] = part }
      return results
    }
  }
}
