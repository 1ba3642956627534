import VoxTensor

/// `Cast` (ai.onnx, since opset 6) to a floating-point type; values are 32-bit floats throughout.
///
/// Literals may also be cast to integers, towards zero.
///
/// - VJP: the cotangent itself.
/// - Source: <https://onnx.ai/onnx/operators/onnx__Cast.html>.
struct Cast: Reshaping {
  static let name = "Cast"
  static let since = 6
  static let arity = 1...1

  private enum Target { case float, integer }

  private let target: Target

  init(_ attributes: inout Attributes) throws(EngineError) {
    // Numbers of TensorProto.DataType.
    switch try attributes.integer("to", default: 0) {
    case 1, 10, 11, 16: target = .float
    case 6, 7: target = .integer
    case let type:
      throw EngineError(
        .unsupported, "expected a float or a 32- or 64-bit integer type, found \(type)", at: .attribute("to"))
    }
    // Concerns 8-bit floats only.
    _ = try attributes.integer("saturate", default: 1)
  }

  func outputShape(_ inputs: [Fact?]) throws(EngineError) -> Shape {
    let x = try fact(inputs, 0)
    if target == .integer, x.literal == nil {
      throw EngineError(.unsupported, "expected a floating-point type for a computed value", at: .attribute("to"))
    }
    return x.shape
  }

  func fold(_ inputs: [Fact?]) throws(EngineError) -> [Literal]? {
    guard let literal = try fact(inputs, 0).literal else { return nil }
    switch (target, literal.values) {
    case (.float, _): return [Literal(literal.shape, floats: literal.floats)]
    case (.integer, .integers): return [literal]
    case (.integer, .floats(let floats)):
      var integers: [Int64] = []
      for value in floats {
        guard let integer = Int64(exactly: value.rounded(.towardZero)) else {
          throw EngineError(.malformed, "expected a value that fits 64 bits, found \(value)")
        }
        integers.append(integer)
      }
      return [Literal(literal.shape, integers: integers)]
    }
  }
}
