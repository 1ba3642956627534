import VoxTensor

/// `Cast` (ai.onnx, since opset 6) to a floating-point type; values are 32-bit floats throughout.
///
/// Literals may also be cast to integers, towards zero, and to Booleans.
///
/// - VJP: the cotangent itself.
/// - Source: <https://onnx.ai/onnx/operators/onnx__Cast.html>.
struct Cast: Reshaping {
  static let name = "Cast"
  static let since = 6
  static let arity = 1...1

  private enum Target { case float, integer, boolean }

  private let target: Target

  init(_ attributes: inout Attributes) throws(EngineError) {
    // Numbers of TensorProto.DataType.
    switch try attributes.integer("to", default: 0) {
    case 1, 10, 11, 16: target = .float
    case 2...7, 12, 13: target = .integer
    case 9: target = .boolean
    case let type:
      throw EngineError(
        .unsupported, "expected a type of floats, integers or Booleans, found \(type)", at: .attribute("to"))
    }
    // Concerns 8-bit floats only.
    _ = try attributes.integer("saturate", default: 1)
  }

  func outputShape(_ inputs: [Fact?]) throws(EngineError) -> Shape {
    let x = try fact(inputs, 0)
    if target != .float, x.literal == nil {
      throw EngineError(.unsupported, "expected a floating-point type for a computed value", at: .attribute("to"))
    }
    return x.shape
  }

  func fold(_ inputs: [Fact?]) throws(EngineError) -> [Literal]? {
    guard let literal = try fact(inputs, 0).literal else { return nil }
    switch target {
    case .float: return [Literal(literal.shape, floats: literal.floats)]
    case .boolean: return [Literal(literal.shape, booleans: literal.booleans)]
    case .integer:
      if !literal.isReal { return [literal] }
      var integers: [Int64] = []
      for value in literal.floats {
        guard let integer = Int64(exactly: value.rounded(.towardZero)) else {
          throw EngineError(.malformed, "expected a value that fits 64 bits, found \(value)")
        }
        integers.append(integer)
      }
      return [Literal(literal.shape, integers: integers)]
    }
  }
}
