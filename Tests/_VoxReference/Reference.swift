/// Slow and plain implementations of ONNX operators in double precision, written from the specification alone.
///
/// They share no code with the engine: what both get wrong in the same way, both read wrong.
/// - Source: <https://onnx.ai/onnx/operators/>
public enum Reference {
  typealias Function = @Sendable ([NDArray?], Options) -> NDArray

  /// Names of the operators that have a reference.
  public static var names: Set<String> { Set(functions.keys) }

  /// The first output of an operator.
  ///
  /// - Parameter inputs: `nil` for an optional input that is left out.
  /// - Returns: `nil` where there is no reference of that name.
  public static func evaluate(
    _ name: String, _ attributes: [String: Attribute], opset: Int, _ inputs: [NDArray?]
  ) -> NDArray? {
    functions[name]?(inputs, Options(values: attributes, opset: opset))
  }

  static let functions: [String: Function] =
    activations.merging(arithmetic) { $1 }.merging(convolutions) { $1 }.merging(layouts) { $1 }
    .merging(normalizations) { $1 }.merging(poolings) { $1 }.merging(resizings) { $1 }.merging(elementwise) { $1 }
    .merging(reductions) { $1 }.merging(products) { $1 }.merging(indexings) { $1 }.merging(constants) { $1 }

  /// The attributes of a node with their defaults.
  struct Options {
    let values: [String: Attribute]
    let opset: Int

    func float(_ name: String, _ fallback: Float) -> Double {
      if case .float(let value)? = values[name] { return Double(value) }
      return Double(fallback)
    }

    func integer(_ name: String, _ fallback: Int) -> Int {
      if case .integer(let value)? = values[name] { return value }
      return fallback
    }

    func integers(_ name: String) -> [Int]? {
      if case .integers(let values)? = values[name] { return values }
      return nil
    }

    func string(_ name: String, _ fallback: String) -> String {
      if case .string(let value)? = values[name] { return value }
      return fallback
    }
  }
}

extension [NDArray?] {
  /// An input that the case gives.
  func given(_ position: Int) -> NDArray {
    guard let array = optional(position) else { preconditionFailure("this case needs an input \(position)") }
    return array
  }

  /// An input that may be left out.
  func optional(_ position: Int) -> NDArray? { indices.contains(position) ? self[position] : nil }
}
