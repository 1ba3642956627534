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
