/// A tensor whose values are part of the graph: a weight, a bias, a shape.
public struct Literal: Sendable {
  /// The values in C order.
  ///
  /// Every real type becomes 32-bit floats, every integer and Boolean type 64-bit integers.
  public enum Values: Sendable, Equatable {
    case floats([Float])
    case integers([Int64])
  }

  /// How values are held: Booleans of large masks take a byte each.
  private enum Storage: Sendable {
    case floats([Float])
    case integers([Int64])
    case booleans([Bool])
  }

  /// Extents; empty for a scalar.
  public let shape: Shape
  private let storage: Storage

  private init(_ shape: Shape, _ storage: Storage, count: Int) {
    precondition(count == shape.count, "a literal needs one value per element of its shape")
    (self.shape, self.storage) = (shape, storage)
  }

  /// Makes a literal of floats.
  ///
  /// - Precondition: `floats.count == shape.count`.
  public init(_ shape: Shape, floats: [Float]) { self.init(shape, .floats(floats), count: floats.count) }

  /// Makes a literal of floats that are written straight into its memory.
  ///
  /// - Parameter fill: writes all bytes it is given.
  public init<Failure: Error>(
    _ shape: Shape, filledBy fill: (UnsafeMutableRawBufferPointer) throws(Failure) -> Void
  ) throws(Failure) {
    var failure: Failure?
    let floats = [Float](unsafeUninitializedCapacity: shape.count) { elements, initialized in
      // The array may have room for more.
      let bytes = UnsafeMutableRawBufferPointer(UnsafeMutableBufferPointer(rebasing: elements[..<shape.count]))
      if let start = bytes.baseAddress { Memory.adviseLargePages(start, bytes.count) }
      do throws(Failure) { try fill(bytes) } catch { failure = error }
      // Memory that nothing has been written to may hold anything, which is a number all the same.
      initialized = shape.count
    }
    if let failure { throw failure }
    self.init(shape, floats: floats)
  }

  /// Makes a literal of integers.
  ///
  /// - Precondition: `integers.count == shape.count`.
  public init(_ shape: Shape, integers: [Int64]) { self.init(shape, .integers(integers), count: integers.count) }

  /// Makes a literal of the integers 1, for true, and 0.
  ///
  /// - Precondition: `booleans.count == shape.count`.
  public init(_ shape: Shape, booleans: [Bool]) { self.init(shape, .booleans(booleans), count: booleans.count) }

  /// The values; made when asked for where they are held in another form.
  public var values: Values {
    switch storage {
    case .floats(let values): .floats(values)
    case .integers(let values): .integers(values)
    case .booleans(let values): .integers(values.map { $0 ? 1 : 0 })
    }
  }

  /// Whether the values are floats.
  public var isReal: Bool { if case .floats = storage { true } else { false } }

  /// The values as floats; integers are converted.
  public var floats: [Float] {
    switch storage {
    case .floats(let values): values
    case .integers(let values): values.map(Float.init)
    case .booleans(let values): values.map { $0 ? 1 : 0 }
    }
  }

  /// The values as integers, or `nil` for a literal of floats.
  public var integers: [Int]? {
    switch storage {
    case .floats: nil
    case .integers(let values): values.map(Int.init)
    case .booleans(let values): values.map { $0 ? 1 : 0 }
    }
  }

  /// Whether each value differs from 0.
  public var booleans: [Bool] {
    switch storage {
    case .floats(let values): values.map { $0 != 0 }
    case .integers(let values): values.map { $0 != 0 }
    case .booleans(let values): values
    }
  }

  /// The same values with other extents.
  ///
  /// - Precondition: equal counts.
  public func reshaped(_ shape: Shape) -> Literal { Literal(shape, storage, count: self.shape.count) }

  /// The elements at given positions, under a shape of their number.
  ///
  /// - Precondition: positions of elements, as many as the shape counts.
  public func selecting(_ positions: [Int], shape: Shape) -> Literal {
    switch storage {
    case .floats(let values): Literal(shape, floats: positions.map { values[$0] })
    case .integers(let values): Literal(shape, integers: positions.map { values[$0] })
    case .booleans(let values): Literal(shape, booleans: positions.map { values[$0] })
    }
  }

  /// The elements that lie `strides` apart along the axes of a shape, from `offset` on.
  ///
  /// - Precondition: every position is that of an element.
  public func strided(_ shape: Shape, strides: [Int], offset: Int = 0) -> Literal {
    if shape.count == self.shape.count, offset == 0, strides == shape.strides { return reshaped(shape) }
    return switch storage {
    case .floats(let values): Literal(shape, floats: elements(of: values, shape, strides, offset))
    case .integers(let values): Literal(shape, integers: elements(of: values, shape, strides, offset))
    case .booleans(let values): Literal(shape, booleans: elements(of: values, shape, strides, offset))
    }
  }

  /// The elements repeated along leading axes and axes of extent 1.
  ///
  /// - Precondition: the literal's shape broadcasts to `shape`.
  public func broadcast(to shape: Shape) -> Literal {
    shape == self.shape ? self : strided(shape, strides: strides(repeatedTo: shape))
  }

  /// How far apart the elements lie along the axes of a shape that the literal's broadcasts to.
  public func strides(repeatedTo shape: Shape) -> [Int] {
    let (missing, own) = (shape.rank - self.shape.rank, self.shape.strides)
    return shape.extents.indices.map { axis in
      axis < missing || self.shape[axis - missing] == 1 ? 0 : own[axis - missing]
    }
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
  guard shape.count > 0 else { return [] }
  return [Element](unsafeUninitializedCapacity: shape.count) { buffer, initialized in
    shape.forEachRow([strides]) { start, length, offsets, steps in
      let (from, step) = (offset + offsets[0], steps[0])
      for position in 0..<length { buffer.initializeElement(at: start + position, to: values[from + position * step]) }
    }
    initialized = shape.count
  }
}

extension Shape {
  /// Calls `body` for every row of the last axis in C order; a scalar has one row of one element.
  ///
  /// - Parameters:
  ///   - strides: for each of several tensors how far apart its elements lie along the axes.
  ///   - body: takes the place of the row's first element, how many it has, their first places in the tensors, and how far
  ///     apart they lie there.
  public func forEachRow<Failure: Error>(
    _ strides: [[Int]],
    _ body: (_ start: Int, _ length: Int, _ offsets: [Int], _ steps: [Int]) throws(Failure) -> Void
  ) throws(Failure) {
    let (length, steps) = (extents.last ?? 1, strides.map { $0.last ?? 0 })
    var (offsets, index) = (strides.map { _ in 0 }, [Int](repeating: 0, count: rank))
    for start in stride(from: 0, to: count, by: max(length, 1)) {
      try body(start, length, offsets, steps)
      var axis = rank - 2
      while axis >= 0 {
        index[axis] += 1
        for tensor in strides.indices { offsets[tensor] += strides[tensor][axis] }
        if index[axis] < self[axis] { break }
        for tensor in strides.indices { offsets[tensor] -= index[axis] * strides[tensor][axis] }
        index[axis] = 0
        axis -= 1
      }
    }
  }
}
