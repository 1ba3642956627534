internal import CDNNL

extension Kernel {
  /// `(source - mean) / sqrt(variance + epsilon) * scale + shift` of each channel, vectors [C], to `destination`.
  public convenience init(normalization source: Layout, epsilon: Float) throws(EngineError) {
    try self.init("normalization of \(source.shape)") { cdnnl_normalization(source.handle, epsilon, $0) }
  }

  /// `part(i)` to `destination`, one after the other along `axis`.
  public convenience init(concatenation parts: [Layout], axis: Int) throws(EngineError) {
    let handles = parts.map { Optional($0.handle) }
    try self.init("concatenation of \(parts.count) tensors along axis \(axis)") { error in
      handles.withUnsafeBufferPointer {
        cdnnl_concat(Int32(axis), Int32(handles.count), $0.baseAddress, error)
      }
    }
  }

  /// `source` to `destination`, the softmax or its logarithm, same layout.
  public convenience init(softmax layout: Layout, axis: Int, isLogarithmic: Bool = false) throws(EngineError) {
    try self.init("softmax of \(layout.shape)") {
      cdnnl_softmax_forward(layout.handle, Int32(axis), isLogarithmic, $0)
    }
    allow(.destination, inPlaceOf: .source)
  }

  /// `destination` of the forward pass and `destinationCotangent` to `sourceCotangent`, same layout.
  public convenience init(vjpOfSoftmax layout: Layout, axis: Int, isLogarithmic: Bool = false) throws(EngineError) {
    try self.init("VJP of softmax of \(layout.shape)") {
      cdnnl_softmax_backward(layout.handle, Int32(axis), isLogarithmic, $0)
    }
    allow(.sourceCotangent, inPlaceOf: .destinationCotangent)
  }
}
