import VoxTensor

/// `DepthToSpace` (ai.onnx, since opset 1): blocks of channels become blocks of pixels.
///
/// - Inputs: `x` [N, C * B * B, H, W], B being `blocksize`.
/// - Outputs: `y` [N, C, H * B, W * B]; in mode `DCR` the block's places are the slower part of the channel axis, in
///   `CRD` the faster.
/// - VJP: the inverse permutation of `dy`; the tape keeps nothing.
/// - Source: <https://onnx.ai/onnx/operators/onnx__DepthToSpace.html>.
struct DepthToSpace: Operator {
  static let name = "DepthToSpace"
  static let since = 1
  static let arity = 1...1

  private let block: Int
  private let isDepthFirst: Bool

  init(_ attributes: inout Attributes) throws(EngineError) {
    block = try attributes.integer("blocksize", default: 0)
    let mode = try attributes.string("mode", default: "DCR")
    guard (1...1 << 10).contains(block) else {
      throw EngineError(.malformed, "expected a positive number, found \(block)", at: .attribute("blocksize"))
    }
    guard ["DCR", "CRD"].contains(mode) else {
      throw EngineError(.malformed, "expected DCR or CRD, found \(mode)", at: .attribute("mode"))
    }
    isDepthFirst = mode == "DCR"
  }

  func outputShapes(_ inputs: [Fact?]) throws(EngineError) -> [Shape] {
    let x = try fact(inputs, 0).shape
    guard x.rank == 4, x[1] % (block * block) == 0 else {
      throw EngineError(.malformed, "expected [N, C * \(block) * \(block), H, W], found shape \(x)")
    }
    return [[x[0], x[1] / (block * block), x[2] * block, x[3] * block]]
  }

  func lower(_ inputs: [Operand?], into plan: PlanBuilder) throws(EngineError) -> Lowered {
    let x = try input(inputs, 0)
    let shape = try outputShapes([Fact(shape: x.shape)])[0]
    let (n, c, h, w) = (shape[0], shape[1], x.shape[2], x.shape[3])
    let split: Shape = isDepthFirst ? [n, block, block, c, h, w] : [n, c, block, block, h, w]
    let order = isDepthFirst ? [0, 3, 4, 1, 5, 2] : [0, 1, 4, 2, 5, 3]
    let blocks = try permuted(try plan.reshaped(x, to: split), order, in: plan)
    return Lowered([try plan.reshaped(blocks, to: shape)]) { cotangents, plan throws(EngineError) in
      guard let dy = cotangents[0] else { return [nil] }
      let back = try permuted(try plan.reshaped(dy, to: blocks.shape), inverse(order), in: plan)
      return [try plan.reshaped(back, to: x.shape)]
    }
  }

  func flops(_ inputs: [Shape?], _ outputs: [Shape]) -> Double { 0 }
}
