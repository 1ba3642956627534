import VoxTensor

/// An order of nodes in which every value is made before it is read; the file's own order where that is one already.
///
/// - Parameter given: names of the values that no node makes: initializers and inputs of the graph.
/// - Throws: `malformed` where a value is made twice, is read but never made, or depends on itself.
/// - Complexity: O(nodes and their inputs).
func executionOrder(of nodes: [ONNXNodeProto], given: Set<String>) throws(EngineError) -> [Int] {
  enum Mark { case new, open, done }
  let makers = try makers(of: nodes, given: given)
  var marks = [Mark](repeating: .new, count: nodes.count)
  var order: [Int] = []
  order.reserveCapacity(nodes.count)

  for root in nodes.indices where marks[root] == .new {
    // A depth-first walk with its own stack, since a file may chain any number of nodes.
    var path = [(node: root, nextInput: 0)]
    marks[root] = .open
    while let (index, next) = path.last {
      let inputs = nodes[index].input
      guard next < inputs.count else {
        marks[index] = .done
        order.append(index)
        path.removeLast()
        continue
      }
      path[path.count - 1].nextInput += 1
      let name = inputs[next]
      if name.isEmpty || given.contains(name) { continue }
      guard let maker = makers[name] else {
        throw EngineError(.malformed, "input \"\(name)\" is made by no node", at: nodes[index].context(index))
      }
      switch marks[maker] {
      case .new:
        marks[maker] = .open
        path.append((maker, 0))
      case .open:
        throw EngineError(
          .malformed, "input \"\(name)\" depends on this node's own output; expected a graph without cycles",
          at: nodes[index].context(index))
      case .done: break
      }
    }
  }
  return order
}

/// The node that makes each value.
private func makers(of nodes: [ONNXNodeProto], given: Set<String>) throws(EngineError) -> [String: Int] {
  var makers: [String: Int] = [:]
  for (index, node) in nodes.enumerated() {
    for name in node.output where !name.isEmpty {
      if given.contains(name) {
        throw EngineError(
          .malformed, "output \"\(name)\" is an input or an initializer of the graph already", at: node.context(index))
      }
      if let other = makers.updateValue(index, forKey: name) {
        throw EngineError(.malformed, "output \"\(name)\" is made by node \(other) already", at: node.context(index))
      }
    }
  }
  return makers
}

extension ONNXNodeProto {
  /// Where an error in this node lies.
  func context(_ index: Int) -> EngineError.Context { .node(index: index, name: name, operator: opType) }
}
