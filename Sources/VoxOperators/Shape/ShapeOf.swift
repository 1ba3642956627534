import VoxTensor

/// `Shape` (ai.onnx, since opset 1): the extents of a tensor, known once the window's size is.
///
/// - Source: <https://onnx.ai/onnx/operators/onnx__Shape.html>.
struct ShapeOf: Operator {
  static let name = "Shape"
  static let since = 1
  static let arity = 1...1

  private let start: Int
  private let end: Int?

  init(_ attributes: inout Attributes) throws(EngineError) {
    start = try attributes.integer("start", default: 0)
    end = attributes.contains("end") ? try attributes.integer("end", default: 0) : nil
  }

  func outputShapes(_ inputs: [Fact?]) throws(EngineError) -> [Shape] { [[extents(try fact(inputs, 0).shape).count]] }

  func fold(_ inputs: [Fact?]) throws(EngineError) -> [Literal]? {
    let extents = extents(try fact(inputs, 0).shape)
    return [Literal([extents.count], integers: extents.map(Int64.init))]
  }

  func lower(_ inputs: [Operand?], into plan: PlanBuilder) throws(EngineError) -> Lowered {
    throw EngineError(.internal, "a shape is folded before anything runs")
  }

  private func extents(_ shape: Shape) -> [Int] {
    func clamped(_ position: Int) -> Int { min(shape.rank, max(0, position < 0 ? position + shape.rank : position)) }
    let (from, to) = (clamped(start), clamped(end ?? shape.rank))
    return from < to ? Array(shape.extents[from..<to]) : []
  }
}
