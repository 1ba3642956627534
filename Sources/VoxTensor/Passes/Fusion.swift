extension SpecializedGraph {
  /// Lets operators take over the work of nodes before them, and of those after them that nobody else reads the output
  /// before.
  ///
  /// - Complexity: O(nodes).
  mutating func fuse() throws(EngineError) {
    try mergeMakers()
    try mergeLines()
    try mergePairs()
    // Lines of what pairs have become.
    try mergeLines()
  }

  /// Lets operators take over the work of the only reader of their output, as long as they can.
  private mutating func mergePairs() throws(EngineError) {
    var nodes = graph.nodes
    let readers = Self.readers(of: graph)
    var merged = Set<Int>()
    for position in nodes.indices where !merged.contains(position) {
      while nodes[position].outputs.count == 1, let reader = readers[nodes[position].outputs[0]] {
        let node = nodes[position]
        let larger: (any Operator)?
        do throws(EngineError) {
          larger = try node.operator.followed(
            by: follower(nodes[reader.node], reader.input, of: node), facts(node.inputs))
        } catch {
          throw error.inside(node.context)
        }
        guard let larger else { break }
        merged.insert(reader.node)
        nodes[position] = Graph.Node(
          index: node.index, name: node.name, operator: larger, inputs: node.inputs, outputs: nodes[reader.node].outputs
        )
      }
    }
    graph.nodes = nodes.indices.filter { !merged.contains($0) }.map { nodes[$0] }
  }

  /// Lets operators take over the work of the nodes that make what they read, where all of it begins with one value.
  private mutating func mergeMakers() throws(EngineError) {
    var nodes = graph.nodes
    var makers: [Graph.Value: (maker: Maker, first: Graph.Value?)] = [:]
    for position in nodes.indices {
      let node = nodes[position]
      let (inputs, known) = (facts(node.inputs), node.inputs.map { $0.flatMap { makers[$0] } })
      let larger: (any Operator)?
      do throws(EngineError) {
        larger = try node.operator.preceded(by: known.map { $0?.maker }, inputs)
      } catch {
        throw error.inside(node.context)
      }
      let firsts = Set(known.compactMap { $0?.first })
      if let larger, firsts.count == 1 {
        nodes[position] = Graph.Node(
          index: node.index, name: node.name, operator: larger, inputs: Array(firsts), outputs: node.outputs)
      }
      guard node.outputs.count == 1 else { continue }
      let (op, first) = (nodes[position].operator, nodes[position].inputs.first ?? nil)
      makers[node.outputs[0]] = (Maker(operator: op, inputs: inputs), first)
    }
    graph.nodes = nodes
    graph.dropUnused()
  }

  /// Lets operators take over the work of several nodes after them at once.
  private mutating func mergeLines() throws(EngineError) {
    var nodes = graph.nodes
    let readers = Self.readers(of: graph)
    var merged = Set<Int>()
    for position in nodes.indices where !merged.contains(position) {
      let node = nodes[position]
      var line: [(position: Int, node: Graph.Node, follower: Follower)] = []
      var last = node
      while line.count < Self.longestLine, last.outputs.count == 1, let reader = readers[last.outputs[0]] {
        let next = nodes[reader.node]
        line.append((reader.node, next, follower(next, reader.input, of: last)))
        last = next
      }
      let merger: Merger?
      do throws(EngineError) {
        merger = try node.operator.merged(with: line.map(\.follower), facts(node.inputs))
      } catch {
        throw error.inside(node.context)
      }
      guard let merger, let end = line.prefix(merger.nodes).last else { continue }
      // What the nodes read has been made before the last of them; it alone is surely behind all of it.
      merged.insert(position)
      merged.formUnion(line.prefix(merger.nodes - 1).map(\.position))
      let adopted = line.prefix(merger.nodes).flatMap { link in
        link.node.inputs.enumerated().filter { $0.offset != link.follower.position }.map(\.element)
      }
      nodes[end.position] = Graph.Node(
        index: node.index, name: node.name, operator: merger.operator, inputs: node.inputs + adopted,
        outputs: end.node.outputs)
    }
    graph.nodes = nodes.indices.filter { !merged.contains($0) }.map { nodes[$0] }
  }

  /// Nodes that an operator takes over at most.
  private static let longestLine = 16

  private func follower(_ next: Graph.Node, _ position: Int, of node: Graph.Node) -> Follower {
    Follower(
      operator: next.operator, inputs: facts(next.inputs), position: position,
      shared: next.inputs.map { value in value.flatMap { node.inputs.firstIndex(of: $0) } })
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
