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
    /// The number of the class that a cotangent of one class belongs to.
    case classNumber(Int)
  }

  let place: Place
  /// How the elements lie in memory.
  public let layout: Layout
  /// Extents, slowest axis first.
  public let shape: Shape
  /// The elements of a literal.
  public let literal: Literal?
  /// Set where the value [1, C, D1...Dk] is an outer product of which memory holds the plane [1, 1, D1...Dk] alone.
  let factors: RowOfFactors?
  /// Set where a rectifier's derivative is yet to be applied to what memory holds.
  let rectification: Rectification?

  init(
    _ place: Place, layout: Layout, shape: Shape, literal: Literal? = nil, factors: RowOfFactors? = nil,
    rectification: Rectification? = nil
  ) {
    (self.place, self.layout, self.shape, self.literal) = (place, layout, shape, literal)
    (self.factors, self.rectification) = (factors, rectification)
  }

  /// Whether the value depends on the model's input, so that a cotangent for it is of use.
  public var isVariable: Bool { literal == nil }

  /// Whether each channel is a multiple of one plane, and memory holds that alone; see ``PlanBuilder/outerProduct(_:_:)``.
  public var isOuterProduct: Bool { factors != nil }

  /// Whether it is zero but in one channel, and memory holds that alone.
  public var isOneChannel: Bool { rectification == nil && factors.map { $0.matrix == nil } ?? false }

  /// Whether memory holds the value as it is.
  var isWhole: Bool { factors == nil && rectification == nil }

  /// What the value is before a rectifier's derivative is applied.
  var unrectified: Operand { Operand(place, layout: layout, shape: shape, literal: literal, factors: factors) }

  /// The same memory with another shape and layout.
  public func viewed(as shape: Shape, layout: Layout) -> Operand {
    precondition(isWhole, "no memory holds the value")
    return Operand(place, layout: layout, shape: shape, literal: literal?.reshaped(shape))
  }
}

/// What the channels of an outer product are multiples by: a row of a matrix, known when the pass runs.
final class RowOfFactors {
  /// The number of the row, [1].
  let number: Operand
  /// A literal [K, C]; `nil` for the unit matrix of C channels, of which a row leaves one channel.
  let matrix: Operand?

  init(_ number: Operand, of matrix: Operand? = nil) { (self.number, self.matrix) = (number, matrix) }
}

/// A rectifier's derivative: elements that were positive stay, the others are multiplied by its slope.
final class Rectification {
  /// A bit per element that says whether it was positive.
  let signs: Operand
  /// The layout of the elements.
  let layout: Layout
  let slope: Float

  init(_ signs: Operand, of layout: Layout, slope: Float) {
    (self.signs, self.layout, self.slope) = (signs, layout, slope)
  }
}
