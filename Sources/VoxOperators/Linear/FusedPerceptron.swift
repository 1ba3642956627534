import VoxTensor

/// A perceptron of two layers, as transformers have them: a product with weights, a bias, GELU, a product with weights
/// and, where it follows, a bias.
///
/// - Inputs: those of the nodes it is made of, without what they hand on: `x` [..., C]; literals.
/// - Outputs: `y` [..., E].
/// - VJP: with `h = x w + b`: `dx = ((dy v') * gelu'(h)) w'`. The tape keeps `x`, where the single nodes keep `h`, which
///   is four times as long.
/// - Source: arXiv:2010.11929, equation 3; arXiv:1606.08415.
struct FusedPerceptron: Operator {
  static let name = "FusedPerceptron"
  static let since = 1
  static let arity = 4...64

  private let line: NodeLine
  /// Positions of the literals among the inputs.
  private let bias, second: Int
  private let secondBias: Int?

  init(_ attributes: inout Attributes) throws(EngineError) {
    throw EngineError(.internal, "\(Self.name) is no operator of a file")
  }

  private init(_ line: NodeLine, bias: Int, second: Int, secondBias: Int?) {
    (self.line, self.bias, self.second, self.secondBias) = (line, bias, second, secondBias)
  }

  /// The perceptron that begins with a product, and how many nodes after it belong to it; `nil` where it is none.
  static func beginning(with first: MatMul, _ line: [Follower], _ inputs: [Fact?]) -> Merger? {
    guard line.count >= 3, inputs.count == 2, inputs[0]?.shape.rank ?? 0 > 1, inputs[0]?.literal == nil,
      let hidden = matrix(inputs[1])?[1], isBias(line[0], of: hidden), isGelu(line[1]), line[2].operator is MatMul,
      line[2].position == 0, let outputs = matrix(line[2].inputs[1])?[1]
    else { return nil }
    let hasBias = line.count > 3 && isBias(line[3], of: outputs)
    // Of the inputs the bias follows `x` and the weights, then come those of GELU, then the weights of the second layer.
    let second = 3 + line[1].inputs.count - 1
    let own = NodeLine(first, inputs: 2, line[..<(hasBias ? 4 : 3)])
    return Merger(
      FusedPerceptron(own, bias: 2, second: second, secondBias: hasBias ? second + 1 : nil),
      nodes: own.links.count)
  }

  private static func matrix(_ fact: Fact?) -> Shape? {
    fact.flatMap { $0.literal != nil && $0.shape.rank == 2 ? $0.shape : nil }
  }

  private static func isBias(_ next: Follower, of count: Int) -> Bool {
    next.operator is Add && next.partner?.shape == [count]
  }

  private static func isGelu(_ next: Follower) -> Bool {
    if let gelu = next.operator as? Gelu, case .gelu(isApproximate: false) = gelu.function { return true }
    return (next.operator as? FusedGelu)?.isWhole ?? false
  }

  func outputShapes(_ inputs: [Fact?]) throws(EngineError) -> [Shape] { try line.outputShapes(inputs) }

  func lower(_ inputs: [Operand?], into plan: PlanBuilder) throws(EngineError) -> Lowered {
    let (x, first, second) = (try input(inputs, 0), try input(inputs, 1), try input(inputs, second))
    let (width, hidden, outputs) = (first.shape[0], first.shape[1], second.shape[1])
    let problem = PerceptronProblem(
      rows: x.shape.count / width, inputs: width, hidden: hidden, outputs: outputs, hasBias: secondBias != nil)
    guard plan.precision == .f32, problem.isNative else { return try line.lower(inputs, into: plan) }
    let rows = try plan.reshaped(x, to: [problem.rows, width])
    let shared: [(Kernel.Slot, Operand)] = [
      (.source, rows), (.weights, first), (.bias, try input(inputs, bias)),
    ]
    var reading = shared + [(.part(0), second)]
    if let secondBias { reading.append((.part(1), try input(inputs, secondBias))) }
    let y = try plan.run(try Kernel(perceptron: problem), reading: reading, writing: .destination)
    var shape = x.shape
    shape[shape.rank - 1] = outputs
    let rest = [Operand?](repeating: nil, count: inputs.count - 1)
    return Lowered([try plan.reshaped(y, to: shape)]) { cotangents, plan throws(EngineError) in
      guard let dy = cotangents[0] else { return [nil] + rest }
      let dx = try plan.run(
        try Kernel(vjpOfPerceptron: problem),
        reading: shared + [
          (.part(0), try transposed(first, in: plan)), (.part(1), try transposed(second, in: plan)),
          (.destinationCotangent, try plan.reshaped(dy, to: y.shape)),
        ],
        writing: .sourceCotangent)
      return [try plan.reshaped(dx, to: x.shape)] + rest
    }
  }

  /// Two operations per multiply-add of both products, and ten per hidden value.
  func flops(_ inputs: [Shape?], _ outputs: [Shape]) -> Double {
    guard let x = inputs.first ?? nil, let first = inputs[1], let second = inputs[second] else { return 0 }
    let rows = Double(x.count / first[0])
    return rows * (2 * Double(first.count + second.count) + 10 * Double(first[1]))
  }
}
