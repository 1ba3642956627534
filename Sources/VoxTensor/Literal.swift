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

  /// The elements at given positions, under a shape of their number.
  ///
  /// - Precondition: positions of elements, as many as the shape counts.
  public func selecting(_ positions: [Int], shape: Shape) -> Literal {
    switch values {
    case .floats(let values): Literal(shape, floats: positions.map { values[$0] })
    case .integers(let values): Literal(shape, integers: positions.map { values[$0] })
    }
  }

  /// The elements that lie `strides` apart along the axes of a shape, from `offset` on.
  ///
  /// - Precondition: every position is that of an element.
  public func strided(_ shape: Shape, strides: [Int], offset: Int = 0) -> Literal {
    if shape.count == self.shape.count, offset == 0, strides == shape.strides { return reshaped(shape) }
    return switch values {
    case .floats(let values): Literal(shape, floats: elements(of: values, shape, strides, offset))
    case .integers(let values): Literal(shape, integers: elements(of: values, shape, strides, offset))
    }
  }

  /// The elements repeated along leading axes and axes of extent 1.
  ///
  /// - Precondition: the literal's shape broadcasts to `shape`.
  public func broadcast(to shape: Shape) -> Literal {
    if shape == self.shape { return self }
    let missing = shape.rank - self.shape.rank
    let own = self.shape.strides
    let strides = shape.extents.indices.map { axis in
      axis < missing || self.shape[axis - missing] == 1 ? 0 : own[axis - missing]
    }
    return strided(shape, strides: strides)
  }

  /// Elements of one literal that is computed ahead; the attention masks of known networks have a third of it.
  public static let largestConstant = 1 << 27

  /// Refuses a shape that is not one or has too many elements to be computed ahead.
  public static func expectComputable(_ shape: Shape) throws(EngineError) {
    var count = 1
    for extent in shape.extents {
      let (product, overflow) = count.multipliedReportingOverflow(by: extent)
      guard extent >= 0, !overflow, product <= largestConstant else {
        throw EngineError(
          extent < 0 ? .malformed : .unsupported,
          "expected a constant of at most \(largestConstant) elements, found shape \(shape)")
      }
      count = product
    }
  }
}

private func elements<Element>(of values: [Element], _ shape: Shape, _ strides: [Int], _ offset: Int) -> [Element] {
  let count = shape.count
  guard count > 0 else { return [] }
  guard let length = shape.extents.last, let step = strides.last else { return [values[offset]] }
  return [Element](unsafeUninitializedCapacity: count) { buffer, initialized in
    var index = [Int](repeating: 0, count: shape.rank)
    var (from, to) = (offset, 0)
    while to < count {
      for position in 0..<length { buffer.initializeElement(at: to + position, to: values[from + position * step]) }
      to += length
      var axis = shape.rank - 2
      while axis >= 0 {
        index[axis] += 1
        from += strides[axis]
        if index[axis] < shape[axis] { break }
        from -= index[axis] * strides[axis]
        index[axis] = 0
        axis -= 1
      }
    }
    initialized = count
  }
}
