import VoxTensor

extension Graph.Port {
  /// Spatial extents of an image that is declared as [N, C, X, Y, Z]; `nil` where one is left open.
  var spatialExtents: SIMD3<Int>? {
    guard let extents, extents.count == 5, let x = extents[2], let y = extents[3], let z = extents[4] else {
      return nil
    }
    return [x, y, z]
  }

  /// Channels of an image that is declared as [N, C, X, Y, Z]; `nil` where they are left open.
  var channels: Int? { extents.flatMap { $0.count == 5 ? $0[1] : nil } }
}

extension Graph {
  /// The shape of a batch of one window.
  ///
  /// - Parameter images: how many channels it has where the network leaves them open.
  func inputShape(_ window: SIMD3<Int>, images: Int = 1) -> Shape {
    [1, inputs.first?.channels ?? images, window.x, window.y, window.z]
  }
}
