/// A value inside a plan: where it lies, in which layout, and its elements where it is a literal.
public struct Operand {
  /// A place that kernels read and write.
  enum Place: Hashable {
    /// A buffer of the arena.
    case buffer(Int)
    /// Memory the caller hands over at each run.
    case external(External)
    /// A literal that no kernel has asked for yet, by its identity in the constant store.
    case literal(Int)
    /// A literal in the layout of a kernel, by its position in the plan's constants.
    case constant(Int)
  }

  /// Memory of the caller.
  enum External: Hashable {
    case input(Int), output(Int), cotangent(Int), gradient(Int)
  }

  let place: Place
  /// How the elements lie in memory.
  public let layout: Layout
  /// Extents, slowest axis first.
  public let shape: Shape
  /// The elements of a literal.
  public let literal: Literal?

  init(_ place: Place, layout: Layout, shape: Shape, literal: Literal? = nil) {
    (self.place, self.layout, self.shape, self.literal) = (place, layout, shape, literal)
  }

  /// Whether the value depends on the model's input, so that a cotangent for it is of use.
  public var isVariable: Bool { literal == nil }

  /// The same memory with another shape and layout.
  public func viewed(as shape: Shape, layout: Layout) -> Operand {
    Operand(place, layout: layout, shape: shape, literal: literal?.reshaped(shape))
  }
}
