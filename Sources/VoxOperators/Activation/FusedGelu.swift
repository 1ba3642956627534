import VoxTensor

/// GELU as exporters before opset 20 write it, `x / sqrt(2)`, error function, plus 1, times `x`, times 1/2, as one
/// operator; where a network writes the beginning alone, that.
///
/// - Inputs: `x`, and the divisor or factor it begins with, a literal.
/// - VJP: the tape keeps `x`, where the single steps keep three tensors.
/// - Source: arXiv:1606.08415.
struct FusedGelu: Operator {
  static let name = "FusedGelu"
  static let since = 7
  static let arity = 2...2

  /// How much of it is there.
  private enum Stage { case error, raised, doubled, whole }

  private let stage: Stage
  /// Which of the inputs is `x`.
  private let position: Int

  /// Whether it is the whole of GELU.
  var isWhole: Bool { stage == .whole }

  init(_ attributes: inout Attributes) throws(EngineError) {
    throw EngineError(.internal, "\(Self.name) is no operator of a file")
  }

  private init(_ stage: Stage, of position: Int) { (self.stage, self.position) = (stage, position) }

  /// The beginning: `x` divided by, or times, a number that is followed by the error function.
  ///
  /// - Parameters:
  ///   - scale: the factor.
  ///   - position: which input `x` is.
  static func beginning(with scale: Literal?, _ next: Follower, _ inputs: [Fact?], at position: Int) -> FusedGelu? {
    guard let scale, scale.shape.count == 1, next.operator is Erf, let shape = inputs[position]?.shape,
      inputs[position]?.literal == nil, scale.shape.rank <= shape.rank,
      abs(scale.floats[0] - Float(0.5).squareRoot()) < 1e-6
    else { return nil }
    return FusedGelu(.error, of: position)
  }

  func followed(by next: Follower, _ inputs: [Fact?]) throws(EngineError) -> (any Operator)? {
    let rank = try fact(inputs, position).shape.rank
    func isNumber(_ value: Float) -> Bool {
      next.partner.map { $0.shape.count == 1 && $0.shape.rank <= rank && $0.floats[0] == value } ?? false
    }
    return switch stage {
    case .error: next.operator is Add && isNumber(1) ? FusedGelu(.raised, of: position) : nil
    case .raised:
      next.operator is Mul && next.shared.contains(position) ? FusedGelu(.doubled, of: position) : nil
    case .doubled: next.operator is Mul && isNumber(0.5) ? FusedGelu(.whole, of: position) : nil
    case .whole: nil
    }
  }

  func outputShapes(_ inputs: [Fact?]) throws(EngineError) -> [Shape] { [try fact(inputs, position).shape] }

  func lower(_ inputs: [Operand?], into plan: PlanBuilder) throws(EngineError) -> Lowered {
    let scaled = Eltwise.linear(factor: Float(0.5).squareRoot(), offset: 0)
    let steps: [Eltwise] =
      switch stage {
      case .error: [scaled, .erf]
      case .raised: [scaled, .erf, .linear(factor: 1, offset: 1)]
      case .doubled: [.gelu(isApproximate: false), .linear(factor: 2, offset: 0)]
      case .whole: [.gelu(isApproximate: false)]
      }
    var y = try input(inputs, position)
    var pullbacks: [Lowered.Pullback] = []
    for step in steps {
      let lowered = try lowered(step, y, into: plan)
      y = lowered.outputs[0]
      pullbacks.append(lowered.pullback)
    }
    return Lowered([y]) { [position, pullbacks] cotangents, plan throws(EngineError) in
      var cotangent = cotangents[0]
      for pullback in pullbacks.reversed() { cotangent = try pullback([cotangent], plan)[0] }
      return position == 0 ? [cotangent, nil] : [nil, cotangent]
    }
  }
}
