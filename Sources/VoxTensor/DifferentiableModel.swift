/// A network on windows of one fixed size, with its exact vector-Jacobian product.
///
/// Calls come from one thread at a time; the model uses its own threads inside.
public protocol DifferentiableModel: AnyObject {
  /// Shape of the input, `[1, C, X, Y, Z]`.
  var inputShape: Shape { get }
  /// Shape of the logits, `[1, K, X, Y, Z]`.
  var outputShape: Shape { get }

  /// Computes the logits of one window.
  ///
  /// - Parameters:
  ///   - input: shape ``inputShape``.
  ///   - logits: receives shape ``outputShape``.
  ///   - keepingTape: whether ``vjp(_:into:)`` will follow; without it less memory is touched.
  func forward(_ input: Tensor, into logits: Tensor, keepingTape: Bool) throws

  /// Multiplies a cotangent by the Jacobian at the last input that `forward` saw with its tape kept.
  ///
  /// It may be called several times for one forward.
  ///
  /// - Parameters:
  ///   - cotangent: shape ``outputShape``.
  ///   - gradient: receives shape ``inputShape``.
  func vjp(_ cotangent: Tensor, into gradient: Tensor) throws
}
