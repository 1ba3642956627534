internal import CDNNL

extension Kernel {
  /// `source` [(B,) M, K] times `weights` [(B,) K, N] to `destination` [(B,) M, N] in C order.
  ///
  /// - Parameter packs: whether the kernel may ask for the weights in a layout of its own.
  public convenience init(
    matmul source: Layout, _ weights: Layout, packs: Bool, _ precision: Precision
  ) throws(EngineError) {
    if precision == .bf16 {
      var error = cdnnl_error()
      if let handle = cdnnl_matmul(source.handle, weights.handle, packs, true, &error) {
        let kernel = DNNLKernel(owning: handle)
        if !kernel.implementation.hasPrefix("ref") { self.init(kernel); return }
      }
    }
    try self.init("product of \(source.shape) and \(weights.shape)") {
      cdnnl_matmul(source.handle, weights.handle, packs, false, $0)
    }
  }
}
