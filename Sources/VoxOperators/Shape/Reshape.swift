import VoxTensor

/// `Reshape` (ai.onnx, since opset 5): the same elements under another shape.
///
/// - Inputs: `data`; `shape`, integers known at load, one of which may be -1 and, without `allowzero`, 0 for "as before".
/// - Source: <https://onnx.ai/onnx/operators/onnx__Reshape.html>.
struct Reshape: Reshaping {
  static let name = "Reshape"
  static let since = 5
  static let arity = 2...2

  private let allowsZero: Bool

  init(_ attributes: inout Attributes) throws(EngineError) {
    allowsZero = try attributes.integer("allowzero", default: 0) != 0
  }

  func outputShape(_ inputs: [Fact?]) throws(EngineError) -> Shape {
    let x = try fact(inputs, 0).shape
    let wanted = try integers(inputs, 1)
    var extents = wanted
    for (axis, extent) in wanted.enumerated() where extent == 0 && !allowsZero && axis < x.rank {
      extents[axis] = x[axis]
    }
    let unknown = extents.indices.filter { extents[$0] == -1 }
    var known = 1
    for extent in extents where extent != -1 {
      let (product, overflow) = known.multipliedReportingOverflow(by: extent)
      guard extent > 0, !overflow else {
        throw EngineError(.malformed, "input 1: expected a shape, found \(wanted) for the input \(x)")
      }
      known = product
    }
    if let axis = unknown.first {
      guard unknown.count == 1, x.count % known == 0 else {
        throw EngineError(.malformed, "input 1: expected one -1 that the input \(x) fills, found \(wanted)")
      }
      extents[axis] = x.count / known
    } else if known != x.count {
      throw EngineError(.malformed, "input 1: expected \(x.count) elements as the input \(x) has, found \(wanted)")
    }
    return Shape(extents)
  }

  /// Exporters write group normalization as instance normalization of [N, groups, rest].
  func followed(by next: Follower, _ inputs: [Fact?]) throws(EngineError) -> (any Operator)? {
    let (from, to) = (try fact(inputs, 0).shape, try outputShape(inputs))
    guard let normalization = next.operator as? InstanceNormalization, next.position == 0, from.rank >= 3, to.rank >= 3,
      from[0] == to[0], from[1] % to[1] == 0, let scale = try fact(next.inputs, 1).literal,
      let shift = try fact(next.inputs, 2).literal
    else { return nil }
    func perChannel(_ values: [Float]) -> [Float] {
      values.flatMap { [Float](repeating: $0, count: from[1] / to[1]) }
    }
    return FusedNormalization(
      ChannelNormalization(groups: to[1], epsilon: normalization.epsilon), scale: perChannel(scale.floats),
      shift: perChannel(shift.floats), view: to == from ? nil : to)
  }
}
