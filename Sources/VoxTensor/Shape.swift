/// The extents of a tensor, slowest axis first (`[N, C, X, Y, Z]` for an image).
public struct Shape: Sendable, Hashable, ExpressibleByArrayLiteral, CustomStringConvertible {
  /// One extent per axis; empty for a scalar.
  public var extents: [Int]

  /// Makes a shape from its extents.
  public init(_ extents: [Int]) { self.extents = extents }

  /// Makes a shape from a literal.
  public init(arrayLiteral extents: Int...) { self.extents = extents }

  /// Number of axes.
  public var rank: Int { extents.count }

  /// Number of elements.
  public var count: Int { extents.reduce(1, *) }

  /// One extent.
  public subscript(axis: Int) -> Int {
    get { extents[axis] }
    set { extents[axis] = newValue }
  }

  /// Elements between neighbours along each axis of a dense C-ordered tensor.
  public var strides: [Int] {
    var strides = [Int](repeating: 1, count: rank)
    for axis in stride(from: rank - 2, through: 0, by: -1) { strides[axis] = strides[axis + 1] * extents[axis + 1] }
    return strides
  }

  /// The extents in brackets, such as `[1,1,96,96,96]`.
  public var description: String { "[" + extents.map(String.init).joined(separator: ",") + "]" }
}
