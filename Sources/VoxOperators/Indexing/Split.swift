import VoxTensor

/// `Split` (ai.onnx, since opset 2): a tensor cut into parts along an axis.
///
/// - Inputs: `x`; from opset 13 `split`, the extents of the parts, known at load, optional; an attribute before.
/// - Outputs: the parts; equal ones where no extents are given, the last one smaller where it does not work out.
/// - VJP: the cotangents of the parts one after the other, 0 where none flows; the tape keeps nothing.
/// - Source: <https://onnx.ai/onnx/operators/onnx__Split.html>.
struct Split: Operator {
  static let name = "Split"
  static let since = 2
  static let arity = 1...2

  private let axis: Int
  private let lengths: [Int]?
  private let parts: Int

  init(_ attributes: inout Attributes) throws(EngineError) {
    axis = try attributes.integer("axis", default: 0)
    lengths = try attributes.integers("split")
    parts = try attributes.integer("num_outputs", default: attributes.outputs)
    guard (1...1 << 16).contains(parts) else {
      throw EngineError(
        .malformed, "expected a positive number of parts, found \(parts)", at: .attribute("num_outputs"))
    }
  }

  func outputShapes(_ inputs: [Fact?]) throws(EngineError) -> [Shape] { try boxes(inputs).map { Shape($0.extents) } }

  func fold(_ inputs: [Fact?]) throws(EngineError) -> [Literal]? {
    guard let literal = try fact(inputs, 0).literal else { return nil }
    let strides = literal.shape.strides
    return try boxes(inputs).map { box in
      literal.strided(
        Shape(box.extents), strides: strides, offset: zip(box.start, strides).reduce(0) { $0 + $1.0 * $1.1 })
    }
  }

  func lower(_ inputs: [Operand?], into plan: PlanBuilder) throws(EngineError) -> Lowered {
    let x = try input(inputs, 0)
    let boxes = try boxes(inputs.map { $0.map { Fact(shape: $0.shape, literal: $0.literal) } })
    let rest = [Operand?](repeating: nil, count: inputs.count - 1)
    var outputs: [Operand] = []
    for box in boxes { outputs.append(try box.cut(from: x, in: plan)) }
    return Lowered(outputs) { cotangents, plan throws(EngineError) in
      var sum: Operand?
      for (box, cotangent) in zip(boxes, cotangents) {
        guard let cotangent else { continue }
        let part = try box.placed(cotangent, in: x.shape, plan: plan)
        sum = try sum.map { sum throws(EngineError) in try plan.sum(sum, part, isLast: true) } ?? part
      }
      return [sum] + rest
    }
  }

  func flops(_ inputs: [Shape?], _ outputs: [Shape]) -> Double { 0 }

  private func boxes(_ inputs: [Fact?]) throws(EngineError) -> [Box] {
    let x = try fact(inputs, 0).shape
    let axis = try resolved(axis: axis, rank: x.rank)
    let given = optional(inputs, 1) == nil ? lengths : try integers(inputs, 1)
    let equal = (x[axis] + parts - 1) / parts
    let lengths = given ?? (0..<parts).map { max(0, min(equal, x[axis] - $0 * equal)) }
    var rest = x[axis]
    for length in lengths {
      guard (0...rest).contains(length) else { rest = -1; break }
      rest -= length
    }
    guard rest == 0 else {
      throw EngineError(.malformed, "expected parts of \(x[axis]) elements together, found \(lengths)")
    }
    var box = Box(
      start: [Int](repeating: 0, count: x.rank), steps: [Int](repeating: 1, count: x.rank), extents: x.extents)
    return lengths.map { length in
      box.extents[axis] = length
      defer { box.start[axis] += length }
      return box
    }
  }
}
