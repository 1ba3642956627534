/// A network on windows of one fixed size, with its exact vector-Jacobian product.
///
/// Calls come from one thread at a time; the model uses its own threads inside.
public protocol DifferentiableModel: AnyObject {
  /// Shape of the input, `[1, C, X, Y, Z]`.
  var inputShape: Shape { get }
  /// Shape of the logits, `[1, K, X, Y, Z]`.
  var outputShape: Shape { get }

  /// How many windows' tapes can be kept at once.
  var tapes: Int { get }

  /// Chooses the tape, from 0 to less than ``tapes``, that the next calls write and read; 0 at first.
  ///
  /// A forward pass without a tape may work in the memory of tape 0, which is then lost.
  func select(tape: Int)

  /// How many cotangents can go back at once.
  var cotangents: Int { get }

  /// Whether a tape serves one ``vjp(_:into:)-([Tensor],[Tensor])`` alone.
  var readsTapeOnce: Bool { get }

  /// Computes the logits of one window.
  ///
  /// - Parameters:
  ///   - input: shape ``inputShape``.
  ///   - keepingTape: whether ``vjp(_:into:)`` will follow; without it less memory is touched.
  /// - Returns: shape ``outputShape``, in the model's memory: valid until the next call.
  func forward(_ input: Tensor, keepingTape: Bool) throws -> Tensor

  /// Multiplies cotangents by the Jacobian at the last input that `forward` saw with the chosen tape kept.
  ///
  /// It may be called several times for one forward, unless the model ``readsTapeOnce``.
  ///
  /// - Parameters:
  ///   - cotangents: one to ``cotangents``, each of shape ``outputShape``.
  ///   - gradients: as many; each receives shape ``inputShape``.
  func vjp(_ cotangents: [Tensor], into gradients: [Tensor]) throws

  /// The same for cotangents of one class each; a model that takes whole ones makes those of them.
  func vjp(_ cotangents: [ClassCotangent], into gradients: [Tensor]) throws
}

/// A cotangent of the logits of one class; those of all others are zero.
public struct ClassCotangent {
  /// The number k of the class.
  public let number: Int
  /// The cotangent of its logits, `[1, 1, X, Y, Z]`.
  public let plane: Tensor

  /// Makes a cotangent.
  public init(number: Int, plane: Tensor) { (self.number, self.plane) = (number, plane) }

  /// The cotangent of all logits.
  ///
  /// - Precondition: `shape` is `[1, K, X, Y, Z]`, and there is such a class.
  public func whole(_ shape: Shape) -> Tensor {
    precondition(shape.rank > 1 && shape[0] == 1 && 0..<shape[1] ~= number, "\(shape) has no class \(number)")
    let whole = Tensor(shape)
    let count = plane.elements.count
    _ = whole.elements[(number * count)...].update(fromContentsOf: plane.elements)
    return whole
  }
}

extension DifferentiableModel {
  /// One tape.
  public var tapes: Int { 1 }

  /// There is nothing to choose.
  public func select(tape: Int) {}

  /// One cotangent.
  public var cotangents: Int { 1 }

  /// Tapes stay.
  public var readsTapeOnce: Bool { false }

  /// Multiplies whole cotangents.
  public func vjp(_ cotangents: [ClassCotangent], into gradients: [Tensor]) throws {
    try vjp(cotangents.map { $0.whole(outputShape) }, into: gradients)
  }

  /// Multiplies a cotangent by the Jacobian; see ``vjp(_:into:)-([Tensor],[Tensor])``.
  public func vjp(_ cotangent: Tensor, into gradient: Tensor) throws { try vjp([cotangent], into: [gradient]) }

  /// Computes the logits of one window into memory of the caller; see ``forward(_:keepingTape:)``.
  ///
  /// - Precondition: `logits` has shape ``outputShape``.
  public func forward(_ input: Tensor, into logits: Tensor, keepingTape: Bool) throws {
    precondition(logits.shape == outputShape, "expected logits of shape \(outputShape), found \(logits.shape)")
    _ = logits.elements.update(fromContentsOf: try forward(input, keepingTape: keepingTape).elements)
  }
}
