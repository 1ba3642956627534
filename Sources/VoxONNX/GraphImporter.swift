import VoxOperators
import VoxTensor

/// Turns the graph of a file into a ``Graph``: names become values, nodes become operators.
///
/// What breaks ONNX's rules is thrown; what is only unknown is collected, so that one pass can tell all of it. A graph with
/// anything in ``unsupported`` is incomplete.
struct GraphImporter {
  private(set) var graph = Graph()
  private(set) var unsupported: [EngineError] = []

  private let opset: Int
  private var files: ExternalFiles
  private var values: [String: Graph.Value] = [:]

  init(opset: Int, files: ExternalFiles) {
    (self.opset, self.files) = (opset, files)
    if !ONNXModel.opsets.contains(opset) {
      let (first, last) = (ONNXModel.opsets.lowerBound, ONNXModel.opsets.upperBound)
      unsupported.append(
        EngineError(
          .unsupported, "expected operator set \(first) to \(last), found \(opset); export the network for one of these"
        ))
    }
  }

  /// Reads a graph and empties it of its initializers.
  ///
  /// - Parameter elements: for every initializer its elements, or `nil` where they are in the graph; as many or none.
  mutating func importGraph(_ source: inout ONNXGraphProto, _ elements: [ElementBytes?]) throws(EngineError) {
    while let tensor = source.initializer.popLast() {
      let position = source.initializer.count
      try importInitializer(tensor, position < elements.count ? elements[position] : nil)
    }
    for tensor in source.sparseInitializer {
      let name = tensor.values.name
      _ = try define(name)
      unsupported.append(EngineError(.unsupported, "sparse initializers are not implemented", at: .tensor(name)))
    }
    let defaults = Set(values.keys)
    for input in source.input where !defaults.contains(input.name) { try importInput(input) }
    guard !graph.inputs.isEmpty else {
      throw EngineError(.malformed, "expected at least one input of the graph, found none")
    }
    for index in try executionOrder(of: source.node, given: Set(values.keys)) {
      try importNode(source.node[index], at: index)
    }
    try importOutputs(source.output)
  }

  private mutating func importInitializer(_ tensor: ONNXTensorProto, _ elements: ElementBytes?) throws(EngineError) {
    let value = try define(tensor.name)
    do throws(EngineError) {
      graph.literals[value] = try Literal(tensor, elements, files: &files)
    } catch {
      try collect(error, at: .tensor(tensor.name))
    }
  }

  private mutating func importInput(_ input: ONNXValueInfoProto) throws(EngineError) {
    let port = try Graph.Port(value: define(input.name), name: input.name, extents: input.extents())
    graph.inputs.append(port)
    let type = input.type.tensorType.elemType
    if ![.float, .double, .float16, .bfloat16].contains(type) {
      unsupported.append(
        EngineError(.unsupported, "expected an input of floats, found \(type)", at: .tensor(input.name)))
    }
  }

  private mutating func importOutputs(_ outputs: [ONNXValueInfoProto]) throws(EngineError) {
    guard !outputs.isEmpty else {
      throw EngineError(.malformed, "expected at least one output of the graph, found none")
    }
    for output in outputs {
      guard let value = values[output.name] else {
        throw EngineError(.malformed, "this output of the graph is made by no node", at: .tensor(output.name))
      }
      graph.outputs.append(try Graph.Port(value: value, name: output.name, extents: output.extents()))
    }
  }

  private mutating func importNode(_ node: ONNXNodeProto, at index: Int) throws(EngineError) {
    do throws(EngineError) {
      guard !node.output.isEmpty else { throw EngineError(.malformed, "expected at least one output, found none") }
      if isDefaultDomain(node.domain), node.opType == "Constant" {
        try importConstant(node)
      } else {
        let made = try makeOperator(node)
        let inputs = node.input.map { values[$0] }
        var outputs: [Graph.Value] = []
        for name in node.output { outputs.append(name.isEmpty ? graph.value(named: "") : try define(name)) }
        graph.nodes.append(Graph.Node(index: index, name: node.name, operator: made, inputs: inputs, outputs: outputs))
      }
    } catch {
      try collect(error, at: node.context(index))
      for name in node.output where !name.isEmpty { _ = try define(name) }
    }
  }

  private mutating func importConstant(_ node: ONNXNodeProto) throws(EngineError) {
    guard node.input.isEmpty, node.output.count == 1 else {
      throw EngineError(
        .malformed, "expected no input and one output, found \(node.input.count) and \(node.output.count)")
    }
    let literal = try node.constant(files: &files)
    graph.literals[try define(node.output[0])] = literal
  }

  /// The operator of a node, its attributes read and its number of inputs checked.
  private mutating func makeOperator(_ node: ONNXNodeProto) throws(EngineError) -> any Operator {
    guard isDefaultDomain(node.domain) else {
      throw EngineError(.unsupported, "operators of the domain \"\(node.domain)\" are not implemented")
    }
    guard let type = OperatorRegistry.find(node.opType) else {
      throw EngineError(.unsupported, "operator \(node.opType) of operator set \(opset) is not implemented")
    }
    guard opset >= type.since else {
      throw EngineError(
        .unsupported,
        "operator \(node.opType) is implemented from operator set \(type.since), found operator set \(opset)")
    }
    guard type.arity.contains(node.input.count), !node.input.prefix(type.arity.lowerBound).contains("") else {
      let (least, most) = (type.arity.lowerBound, type.arity.upperBound)
      let expected = least == most ? "\(least)" : most == .max ? "at least \(least)" : "\(least) to \(most)"
      throw EngineError(.malformed, "expected \(expected) inputs, found \(node.input.count { !$0.isEmpty })")
    }
    var attributes = Attributes(try node.attributes(files: &files), opset: opset, outputs: node.output.count)
    let made = try type.init(&attributes)
    try attributes.expectConsumed()
    return made
  }

  /// A new value under a name that nothing has taken.
  private mutating func define(_ name: String) throws(EngineError) -> Graph.Value {
    guard !name.isEmpty else {
      throw EngineError(.malformed, "expected a name for every input, output and initializer, found an empty one")
    }
    guard values[name] == nil else {
      throw EngineError(.malformed, "expected every value to be made once, found this one twice", at: .tensor(name))
    }
    let value = graph.value(named: name)
    values[name] = value
    return value
  }

  /// Keeps an error about something unknown; throws every other one.
  private mutating func collect(_ error: EngineError, at context: EngineError.Context) throws(EngineError) {
    guard error.code == .unsupported else { throw error.inside(context) }
    unsupported.append(error.inside(context))
  }
}
