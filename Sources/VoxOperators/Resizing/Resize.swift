import VoxTensor

/// `Resize` (ai.onnx, since opset 11): a tensor sampled on a finer or coarser grid, axis by axis.
///
/// - Inputs: `x`; `roi`, of no effect here; `scales` or `sizes`, known at load, one per axis or per entry of `axes`.
/// - Outputs: extents times scales, rounded down, or the sizes.
/// - VJP: the transposed map of each axis; the tape keeps nothing.
/// - Source: <https://onnx.ai/onnx/operators/onnx__Resize.html>.
struct Resize: Operator {
  static let name = "Resize"
  static let since = 11
  static let arity = 1...4

  private let interpolation: Interpolation
  private let axes: [Int]?

  init(_ attributes: inout Attributes) throws(EngineError) {
    interpolation = Interpolation(
      mode: try choice(&attributes, "mode", default: .nearest),
      coordinates: try choice(&attributes, "coordinate_transformation_mode", default: .halfPixel),
      rounding: try choice(&attributes, "nearest_mode", default: .preferFloor),
      cubic: Double(try attributes.float("cubic_coeff_a", default: -0.75)),
      excludesOutside: try attributes.integer("exclude_outside", default: 0) != 0)
    axes = try attributes.integers("axes")
    // Concerns one way of placing coordinates only, which is refused above.
    _ = try attributes.float("extrapolation_value", default: 0)
    guard try attributes.integer("antialias", default: 0) == 0 else {
      throw EngineError(.unsupported, "expected 0, found another value", at: .attribute("antialias"))
    }
    let policy = try attributes.string("keep_aspect_ratio_policy", default: "stretch")
    guard policy == "stretch" else {
      throw EngineError(.unsupported, "expected stretch, found \(policy)", at: .attribute("keep_aspect_ratio_policy"))
    }
  }

  func outputShapes(_ inputs: [Fact?]) throws(EngineError) -> [Shape] {
    let x = try fact(inputs, 0).shape
    return [Shape(zip(x.extents, try targets(inputs)).map { $1?.extent ?? $0 })]
  }

  func lower(_ inputs: [Operand?], into plan: PlanBuilder) throws(EngineError) -> Lowered {
    let x = try input(inputs, 0)
    let targets = try targets(inputs.map { $0.map { Fact(shape: $0.shape, literal: $0.literal) } })
    var maps: [(axis: Int, map: AxisMap)] = []
    for (axis, target) in targets.enumerated() {
      guard let target else { continue }
      maps.append((axis, try interpolation.map(from: x.shape[axis], to: target.extent, scale: target.scale)))
    }
    // Axes that shrink come first, so that the fewest elements are touched.
    maps.sort { $0.map.outputs * $1.map.inputs < $1.map.outputs * $0.map.inputs }
    var y = x
    for (axis, map) in maps { y = try mapped(y, map, along: axis, in: plan) }
    let rest = [Operand?](repeating: nil, count: inputs.count - 1)
    return Lowered([y]) { [maps] cotangents, plan throws(EngineError) in
      guard var dx = cotangents[0] else { return [nil] + rest }
      for (axis, map) in maps.reversed() { dx = try mapped(dx, map.transposed, along: axis, in: plan) }
      return [dx] + rest
    }
  }

  /// Six operations per element and axis at most.
  func flops(_ inputs: [Shape?], _ outputs: [Shape]) -> Double { outputs.reduce(0) { $0 + 6 * Double($1.count) } }

  /// New extent and scale of each axis; `nil` for one that stays as it is.
  private func targets(_ inputs: [Fact?]) throws(EngineError) -> [(extent: Int, scale: Double)?] {
    let x = try fact(inputs, 0).shape
    let axes = axes ?? Array(0..<x.rank)
    _ = try resolved(axes: axes, rank: x.rank)
    var targets = [(extent: Int, scale: Double)?](repeating: nil, count: x.rank)
    let scales = optional(inputs, 2).flatMap { $0.shape.count > 0 ? $0 : nil }
    let sizes = try optional(inputs, 3) == nil ? nil : integers(inputs, 3)
    if let scales {
      guard let values = scales.literal?.floats else {
        throw EngineError(.unsupported, "expected scales that are known at load, found computed ones")
      }
      guard sizes == nil, values.count == axes.count, values.allSatisfy({ $0 > 0 && $0 <= 1_048_576 }) else {
        throw EngineError(.malformed, "expected \(axes.count) positive scales and no sizes, found \(values)")
      }
      for (axis, value) in zip(axes, values) {
        let axis = try resolved(axis: axis, rank: x.rank)
        let extent = (Double(x[axis]) * Double(value)).rounded(.down)
        if value != 1 { targets[axis] = (Int(min(extent, Double(1 << 40))), Double(value)) }
      }
    } else if let sizes {
      guard sizes.count == axes.count, sizes.allSatisfy({ (1...1 << 38).contains($0) }) else {
        throw EngineError(.malformed, "expected \(axes.count) positive sizes, found \(sizes)")
      }
      for (axis, size) in zip(axes, sizes) {
        let axis = try resolved(axis: axis, rank: x.rank)
        if size != x[axis] { targets[axis] = (size, Double(size) / Double(x[axis])) }
      }
    } else {
      throw EngineError(.malformed, "expected scales or sizes, found neither")
    }
    return targets
  }
}

/// Reads an attribute that names one of several choices.
private func choice<Choice: RawRepresentable<String>>(
  _ attributes: inout Attributes, _ name: String, default fallback: Choice
) throws(EngineError) -> Choice {
  let value = try attributes.string(name, default: fallback.rawValue)
  guard let choice = Choice(rawValue: value) else {
    throw EngineError(.unsupported, "\(value) is not implemented", at: .attribute(name))
  }
  return choice
}
