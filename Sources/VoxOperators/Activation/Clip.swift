import VoxTensor

/// `Clip` (ai.onnx, since opset 6): the nearest value between two bounds.
///
/// - Inputs: `x`, any shape; from opset 11 `min` and `max`, single numbers known at load, optional; attributes before.
/// - Outputs: `y`, the shape of `x`.
/// - VJP: `dx = dy` where `x` lies between the bounds or on one, 0 elsewhere; the tape keeps `x`.
/// - Source: <https://onnx.ai/onnx/operators/onnx__Clip.html>.
struct Clip: Operator {
  static let name = "Clip"
  static let since = 6
  static let arity = 1...3

  private let least: Float
  private let most: Float

  init(_ attributes: inout Attributes) throws(EngineError) {
    least = try attributes.float("min", default: -.greatestFiniteMagnitude)
    most = try attributes.float("max", default: .greatestFiniteMagnitude)
  }

  func outputShapes(_ inputs: [Fact?]) throws(EngineError) -> [Shape] {
    _ = try bounds(inputs)
    return [try fact(inputs, 0).shape]
  }

  func fold(_ inputs: [Fact?]) throws(EngineError) -> [Literal]? {
    guard let literal = try fact(inputs, 0).literal, case .integers(let values) = literal.values else { return nil }
    let lower = try bound(inputs, 1) ?? .min
    let upper = try bound(inputs, 2) ?? .max
    return [Literal(literal.shape, integers: values.map { Swift.min(Swift.max($0, lower), upper) })]
  }

  func lower(_ inputs: [Operand?], into plan: PlanBuilder) throws(EngineError) -> Lowered {
    let facts = inputs.map { $0.map { Fact(shape: $0.shape, literal: $0.literal) } }
    let (least, most) = try bounds(facts)
    let clipped = try lowered(.clip(least: least, most: most), try input(inputs, 0), into: plan)
    let rest = [Operand?](repeating: nil, count: inputs.count - 1)
    return Lowered(clipped.outputs) { cotangents, plan throws(EngineError) in
      try clipped.pullback(cotangents, plan) + rest
    }
  }

  private func bounds(_ inputs: [Fact?]) throws(EngineError) -> (Float, Float) {
    (
      try optional(inputs, 1).map { fact throws(EngineError) in try scalar(fact, "a bound") } ?? least,
      try optional(inputs, 2).map { fact throws(EngineError) in try scalar(fact, "a bound") } ?? most
    )
  }

  private func bound(_ inputs: [Fact?], _ position: Int) throws(EngineError) -> Int64? {
    guard let fact = optional(inputs, position) else { return nil }
    guard let values = fact.literal?.integers, values.count == 1 else {
      throw EngineError(.malformed, "input \(position): expected one integer, found shape \(fact.shape)")
    }
    return Int64(values[0])
  }
}
