internal import Foundation

/// Dense 32-bit floats in C order (last axis fastest), in memory that is allocated once and handed around by reference.
///
/// A tensor is a plain buffer for values that enter or leave a model; inside the model layouts are the engine's own.
/// Not safe to mutate from several threads at once.
public final class Tensor {
  /// Extents, slowest axis first.
  public let shape: Shape
  /// The elements; valid as long as the tensor lives.
  public let elements: UnsafeMutableBufferPointer<Float>
  /// What keeps the elements' memory, where it is not the tensor's own.
  private let owner: Memory?
  private let block: UnsafeMutableRawPointer?

  /// Allocates a tensor of zeros, aligned to 64 bytes; what is never written takes no room in memory.
  public init(_ shape: Shape) {
    self.shape = shape
    // Large blocks are fresh pages of the system, which are zeros until they are touched.
    let bytes = shape.count * MemoryLayout<Float>.size + Self.alignment
    guard let block = calloc(bytes, 1) else {
      preconditionFailure("this machine cannot give memory for a tensor of shape \(shape)")
    }
    Memory.adviseLargePages(block, bytes)
    let start = block.alignedUp(toMultipleOf: Self.alignment).bindMemory(to: Float.self, capacity: max(shape.count, 1))
    elements = UnsafeMutableBufferPointer(start: start, count: shape.count)
    (self.block, owner) = (block, nil)
  }

  /// Allocates a tensor with the given elements.
  ///
  /// - Precondition: `values.count == shape.count`.
  public convenience init(_ shape: Shape, _ values: some Collection<Float>) {
    precondition(values.count == shape.count, "a tensor needs one value per element of its shape")
    self.init(shape)
    _ = elements.update(from: values)
  }

  /// A part of a block of memory, which lives on with the tensor.
  init(_ shape: Shape, in memory: Memory, at offset: Int) {
    let start = (memory.start + offset).bindMemory(to: Float.self, capacity: max(shape.count, 1))
    elements = UnsafeMutableBufferPointer(start: start, count: shape.count)
    (self.shape, block, owner) = (shape, nil, memory)
  }

  deinit { free(block) }

  private static let alignment = 64
}
