/// Dense 32-bit floats in C order (last axis fastest), in memory that is allocated once and handed around by reference.
///
/// A tensor is a plain buffer for values that enter or leave a model; inside the model layouts are the engine's own.
/// Not safe to mutate from several threads at once.
public final class Tensor {
  /// Extents, slowest axis first.
  public let shape: Shape
  /// The elements; valid as long as the tensor lives.
  public let elements: UnsafeMutableBufferPointer<Float>

  /// Allocates a tensor of zeros, aligned to 64 bytes.
  public init(_ shape: Shape) {
    self.shape = shape
    let bytes = UnsafeMutableRawPointer.allocate(byteCount: max(shape.count, 1) * 4, alignment: 64)
    let start = bytes.bindMemory(to: Float.self, capacity: max(shape.count, 1))
    elements = UnsafeMutableBufferPointer(start: start, count: shape.count)
    elements.initialize(repeating: 0)
  }

  /// Allocates a tensor with the given elements.
  ///
  /// - Precondition: `values.count == shape.count`.
  public convenience init(_ shape: Shape, _ values: some Collection<Float>) {
    precondition(values.count == shape.count, "a tensor needs one value per element of its shape")
    self.init(shape)
    _ = elements.update(from: values)
  }

  deinit { UnsafeMutableRawPointer(elements.baseAddress)?.deallocate() }
}
