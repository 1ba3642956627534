/// A dense array of doubles in C order (last axis fastest).
public struct NDArray: Sendable {
  /// Extents, slowest axis first; empty for a scalar.
  public var shape: [Int]
  /// The elements.
  public var values: [Double]

  /// Makes an array.
  public init(_ shape: [Int], _ values: [Double]) {
    precondition(values.count == shape.reduce(1, *), "one value per element")
    (self.shape, self.values) = (shape, values)
  }

  /// Makes an array of one repeated value.
  public init(_ shape: [Int], repeating value: Double = 0) {
    self.init(shape, [Double](repeating: value, count: shape.reduce(1, *)))
  }

  /// Makes an array by a function of the index.
  init(_ shape: [Int], _ value: ([Int]) -> Double) {
    var values: [Double] = []
    forEachIndex(shape) { values.append(value($0)) }
    self.init(shape, values)
  }

  /// One element.
  subscript(index: [Int]) -> Double {
    get { values[offset(index)] }
    set { values[offset(index)] = newValue }
  }

  /// Elements between neighbours along an axis.
  func stride(_ axis: Int) -> Int { shape[(axis + 1)...].reduce(1, *) }

  /// The same array with every element changed.
  func map(_ function: (Double) -> Double) -> NDArray { NDArray(shape, values.map(function)) }

  /// Position of an element in ``values``.
  func offset(_ index: [Int]) -> Int { zip(index, shape).reduce(0) { $0 * $1.1 + $1.0 } }
}

/// Visits every index of a shape in C order.
func forEachIndex(_ shape: [Int], _ body: ([Int]) -> Void) {
  if shape.contains(0) { return }
  var index = [Int](repeating: 0, count: shape.count)
  while true {
    body(index)
    var axis = shape.count - 1
    while axis >= 0 {
      index[axis] += 1
      if index[axis] < shape[axis] { break }
      index[axis] = 0
      axis -= 1
    }
    if axis < 0 { return }
  }
}
