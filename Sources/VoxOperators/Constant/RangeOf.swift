import VoxTensor

/// `Range` (ai.onnx, since opset 11): numbers from `start` on in steps of `delta`, before `limit`.
///
/// - Inputs: `start`, `limit`, `delta`, single numbers known at load.
/// - Outputs: one axis.
/// - Source: <https://onnx.ai/onnx/operators/onnx__Range.html>.
struct RangeOf: ForwardOnly {
  static let name = "Range"
  static let since = 11
  static let arity = 3...3

  init(_ attributes: inout Attributes) throws(EngineError) {}

  func folded(_ inputs: [Literal?]) throws(EngineError) -> [Literal] {
    let bounds = [try literal(inputs, 0), try literal(inputs, 1), try literal(inputs, 2)]
    guard bounds.allSatisfy({ $0.shape.count == 1 }) else {
      throw EngineError(.malformed, "expected single numbers, found shapes \(bounds.map(\.shape))")
    }
    let numbers = bounds.map { Double($0.floats[0]) }
    let integers = bounds.compactMap { $0.integers?.first }
    let (start, limit, step) =
      integers.count == 3
      ? (Double(integers[0]), Double(integers[1]), Double(integers[2])) : (numbers[0], numbers[1], numbers[2])
    let count = ((limit - start) / step).rounded(.up)
    guard count <= Double(Literal.largestConstant) else {
      throw EngineError(.unsupported, "expected at most \(Literal.largestConstant) numbers, found \(count)")
    }
    let length = Int(max(0, count))
    if integers.count == 3 {
      var values: [Int64] = []
      for position in 0..<Int64(length) {
        let distance = try Int64.exact(position.multipliedReportingOverflow(by: Int64(integers[2])))
        values.append(try .exact(distance.addingReportingOverflow(Int64(integers[0]))))
      }
      return [Literal([length], integers: values)]
    }
    return [Literal([length], floats: (0..<length).map { Float(start + Double($0) * step) })]
  }
}
