/// A tensor whose values are part of the graph: a weight, a bias, a shape.
public struct Literal: Sendable {
  /// The values in C order.
  ///
  /// Every real type becomes 32-bit floats, every integer and Boolean type 64-bit integers.
  public enum Values: Sendable, Equatable {
    case floats([Float])
    case integers([Int64])
  }

  /// Extents; empty for a scalar.
  public let shape: Shape
  /// One value per element of the shape.
  public let values: Values

  /// Makes a literal of floats.
  ///
  /// - Precondition: `floats.count == shape.count`.
  public init(_ shape: Shape, floats: [Float]) {
    precondition(floats.count == shape.count, "a literal needs one value per element of its shape")
    (self.shape, values) = (shape, .floats(floats))
  }

  /// Makes a literal of integers.
  ///
  /// - Precondition: `integers.count == shape.count`.
  public init(_ shape: Shape, integers: [Int64]) {
    precondition(integers.count == shape.count, "a literal needs one value per element of its shape")
    (self.shape, values) = (shape, .integers(integers))
  }

  /// The values as floats; integers are converted.
  public var floats: [Float] {
    switch values {
    case .floats(let values): values
    case .integers(let values): values.map(Float.init)
    }
  }

  /// The values as integers, or `nil` for a literal of floats.
  public var integers: [Int]? {
    switch values {
    case .floats: nil
    case .integers(let values): values.map(Int.init)
    }
  }

  /// The same values with other extents.
  ///
  /// - Precondition: equal counts.
  public func reshaped(_ shape: Shape) -> Literal {
    switch values {
    case .floats(let values): Literal(shape, floats: values)
    case .integers(let values): Literal(shape, integers: values)
    }
  }
}
