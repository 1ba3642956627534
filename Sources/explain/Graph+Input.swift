import VoxTensor

extension Graph.Port {
  /// Spatial extents of an image that is declared as [N, C, X, Y, Z]; `nil` where one is left open.
  var spatialExtents: SIMD3<Int>? {
    guard let extents, extents.count == 5, let x = extents[2], let y = extents[3], let z = extents[4] else {
      return nil
    }
    return [x, y, z]
  }
}

extension Graph {
  /// The shape of a batch of one window.
  func inputShape(_ window: SIMD3<Int>) -> Shape {
    let channels = inputs.first?.extents.flatMap { $0.count == 5 ? $0[1] : nil } ?? 1
    return [1, channels, window.x, window.y, window.z]
  }
}
