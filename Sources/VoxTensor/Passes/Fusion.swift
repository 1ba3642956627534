extension SpecializedGraph {
  /// Lets operators take over the work of the only reader of their output, as long as they can.
  ///
  /// - Complexity: O(nodes).
  mutating func fuse() throws(EngineError) {
    var nodes = graph.nodes
    let readers = Self.readers(of: graph)
    var merged = Set<Int>()
    for position in nodes.indices where !merged.contains(position) {
      while nodes[position].outputs.count == 1, let reader = readers[nodes[position].outputs[0]] {
        let (node, next) = (nodes[position], nodes[reader.node])
        let larger: (any Operator)?
        do throws(EngineError) {
          let follower = Follower(
            operator: next.operator, inputs: facts(next.inputs), position: reader.input,
            shared: next.inputs.map { value in value.flatMap { node.inputs.firstIndex(of: $0) } })
          larger = try node.operator.followed(by: follower, facts(node.inputs))
        } catch {
          throw error.inside(node.context)
        }
        guard let larger else { break }
        merged.insert(reader.node)
        nodes[position] = Graph.Node(
          index: node.index, name: node.name, operator: larger, inputs: node.inputs, outputs: next.outputs)
      }
    }
    graph.nodes = nodes.indices.filter { !merged.contains($0) }.map { nodes[$0] }
  }

  private func facts(_ values: [Graph.Value?]) -> [Fact?] {
    values.map { value in
      value.flatMap { value in shapes[value].map { Fact(shape: $0, literal: graph.literals[value]) } }
    }
  }

  /// The reader of every value that is read once and is no output.
  private static func readers(of graph: Graph) -> [Graph.Value: (node: Int, input: Int)] {
    var all: [Graph.Value: [(node: Int, input: Int)]] = [:]
    for (position, node) in graph.nodes.enumerated() {
      for (input, value) in node.inputs.enumerated() {
        if let value { all[value, default: []].append((position, input)) }
      }
    }
    for output in graph.outputs { all[output.value] = nil }
    return all.compactMapValues { $0.count == 1 ? $0[0] : nil }
  }
}
