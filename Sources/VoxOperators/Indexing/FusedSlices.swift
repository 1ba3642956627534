import VoxTensor

/// Slices of one tensor, put together again: no operator of ONNX, but what the compiler makes of `Slice` and `Concat`
/// in the cyclic shifts of windows (`torch.roll`, axis by axis) and in the merging of patches.
///
/// - Inputs: `x`.
/// - Outputs: `y`, which its slices fill.
/// - VJP: `dy` at the places of the slices, summed where they meet, 0 elsewhere; the tape keeps nothing.
struct FusedSlices: Operator {
  static let name = "FusedSlices"
  static let since = 1
  static let arity = 1...1

  /// A slice, and where its first element comes to lie.
  private struct Part {
    var box: Box
    var place: [Int]

    /// Where it lies in `y`.
    var target: Box { Box(at: place, of: box.extents) }
  }

  private let parts: [Part]
  /// The shape of `y`.
  private let shape: Shape

  init(_ attributes: inout Attributes) throws(EngineError) {
    throw EngineError(.internal, "\(Self.name) is no operator of a file")
  }

  private init(_ parts: [Part], _ shape: Shape) { (self.parts, self.shape) = (parts, shape) }

  /// More slices than that are better copied one by one.
  private static let mostParts = 64

  /// What joins tensors along an axis that are all slices of one; `nil` where they are not.
  ///
  /// - Parameter makers: what makes each of the tensors.
  static func joining(_ makers: [Maker?], along axis: Int, to shape: Shape) throws(EngineError) -> FusedSlices? {
    var (parts, start) = ([Part](), 0)
    for maker in makers {
      guard let maker, let own = try slices(maker), parts.count + own.parts.count <= mostParts else { return nil }
      for var part in own.parts {
        part.place[axis] += start
        parts.append(part)
      }
      start += own.shape[axis]
    }
    return FusedSlices(parts, shape)
  }

  private static func slices(_ maker: Maker) throws(EngineError) -> FusedSlices? {
    if let slice = maker.operator as? Slice { return FusedSlices(whole: try slice.box(maker.inputs)) }
    return maker.operator as? FusedSlices
  }

  private init(whole box: Box) {
    self.init([Part(box: box, place: [Int](repeating: 0, count: box.start.count))], Shape(box.extents))
  }

  /// The slices that make a box of `y`; `nil` where it has steps.
  func part(_ box: Box) -> FusedSlices? {
    guard box.steps.allSatisfy({ $0 == 1 }) else { return nil }
    var cut: [Part] = []
    for part in parts {
      var own = part
      for axis in box.start.indices {
        let (first, start) = (max(part.place[axis], box.start[axis]), part.place[axis])
        let end = min(start + part.box.extents[axis], box.start[axis] + box.extents[axis])
        own.box.start[axis] += (first - start) * part.box.steps[axis]
        own.box.extents[axis] = end - first
        own.place[axis] = first - box.start[axis]
      }
      if own.box.extents.allSatisfy({ $0 > 0 }) { cut.append(own) }
    }
    return FusedSlices(cut, Shape(box.extents))
  }

  func outputShapes(_ inputs: [Fact?]) throws(EngineError) -> [Shape] { [shape] }

  func lower(_ inputs: [Operand?], into plan: PlanBuilder) throws(EngineError) -> Lowered {
    let x = try input(inputs, 0)
    let y = try copied(parts.map { ($0.box, $0.target) }, of: x, to: shape, in: plan)
    return Lowered([y]) { cotangents, plan throws(EngineError) in
      guard let dy = cotangents[0] else { return [nil] }
      return [try copied(parts.map { ($0.target, $0.box) }, of: dy, to: x.shape, in: plan)]
    }
  }

  func flops(_ inputs: [Shape?], _ outputs: [Shape]) -> Double { 0 }
}
