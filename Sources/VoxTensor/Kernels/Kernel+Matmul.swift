internal import CDNNL

extension Kernel {
  /// `source` [(B,) M, K] times `weights` [(B,) K, N] to `destination` [(B,) M, N] in C order.
  ///
  /// - Parameter packs: whether the kernel may ask for the weights in a layout of its own.
  public convenience init(matmul source: Layout, _ weights: Layout, packs: Bool) throws(EngineError) {
    try self.init("product of \(source.shape) and \(weights.shape)") {
      cdnnl_matmul(source.handle, weights.handle, packs, $0)
    }
  }
}
