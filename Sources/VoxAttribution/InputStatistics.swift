import VoxTensor

/// Range and mean of one image of a network's input over the scan, padding left out.
struct InputStatistics {
  let min: Float
  let max: Float
  let mean: Float
}

extension Explainer {
  /// Statistics of each image of the scan, [C].
  var inputStatistics: [InputStatistics] {
    (0..<images).map { image in
      var (low, high, sum) = (Float.infinity, -Float.infinity, 0.0)
      for i in 0..<windows.extents.x {
        for j in 0..<windows.extents.y {
          for value in scan.elements.row(image * windows.paddedVoxels + windows.rowStart(i, j), windows.extents.z) {
            (low, high) = (Swift.min(low, value), Swift.max(high, value))
            sum += Double(value)
          }
        }
      }
      return InputStatistics(min: low, max: high, mean: Float(sum / Double(windows.voxels)))
    }
  }
}
