import VoxAttribution

/// A small scan, its windows by MONAI's rule written out by hand, and a toy network.
struct WindowCase: Sendable, CustomStringConvertible {
  let description: String
  let extents: SIMD3<Int>
  let roi: SIMD3<Int>
  let before: SIMD3<Int>
  let starts: [[Int]]
  /// Weight of each image in the network.
  var images = [1.0]

  static let all = [
    WindowCase(
      description: "overlapping windows", extents: [7, 6, 5], roi: [4, 3, 4], before: [0, 0, 0],
      starts: [[0, 2, 3], [0, 1, 2, 3], [0, 1]]),
    WindowCase(
      description: "padding on two axes", extents: [3, 6, 4], roi: [4, 4, 7], before: [0, 0, 1],
      starts: [[0], [0, 2], [0]]),
    WindowCase(
      description: "one window", extents: [4, 3, 5], roi: [4, 3, 5], before: [0, 0, 0], starts: [[0], [0], [0]]),
    WindowCase(
      description: "windows along the first axis", extents: [11, 5, 4], roi: [4, 4, 4], before: [0, 0, 0],
      starts: [[0, 2, 4, 6, 7], [0, 1], [0]]),
    WindowCase(
      description: "windows along the last axis", extents: [4, 5, 11], roi: [4, 4, 4], before: [0, 0, 0],
      starts: [[0], [0, 1], [0, 2, 4, 6, 7]]),
    WindowCase(
      description: "three images with padding", extents: [3, 6, 4], roi: [4, 4, 3], before: [0, 0, 0],
      starts: [[0], [0, 2], [0, 1]], images: [0.9, -0.6, 0.3]),
  ]

  static let padding: Float = -0.5

  var count: Int { extents.x * extents.y * extents.z }

  /// One after the other: values between -1 and 1 without a pattern, in further images up to 2, 3 and so on.
  var scan: [Float] {
    (0..<count * images.count).map { index in
      let word = Philox(seed: 11)([UInt32(index), 0, 0, 0]).x
      return Float(word) * 0x1p-31 * (1 + Float(index / count) / 2) - 1
    }
  }

  /// Each image of the scan.
  var scans: [[Float]] { images.indices.map { Array(scan[$0 * count..<($0 + 1) * count]) } }

  /// A network of windows and images of this case.
  func toy(
    roi: SIMD3<Int>? = nil, hasNeighbourhood: Bool = true, linear: [Double] = [0.1, 1, -1, 0.4],
    quadratic: [Double] = [0.3, -0.2, -0.3, 0.5], tapes: Int = 1, cotangents: Int = 1
  ) -> ToyNetwork {
    ToyNetwork(
      roi: roi ?? self.roi, images: images, hasNeighbourhood: hasNeighbourhood, linear: linear, quadratic: quadratic,
      tapes: tapes, cotangents: cotangents)
  }

  func network(_ model: ToyNetwork, blend: Blend = .gaussian, threads: Int = 2) throws -> WindowedNetwork {
    try WindowedNetwork(
      model: model, windows: SlidingWindow(extents: extents, roi: model.roi, overlap: [0.5, 0.5, 0.5]), blend: blend,
      padding: Self.padding, threads: threads)
  }

  func reference(_ model: ToyNetwork, blend: Blend = .gaussian) -> ReferenceInference {
    var origins: [SIMD3<Int>] = []
    for x in starts[0] { for y in starts[1] { for z in starts[2] { origins.append([x, y, z]) } } }
    return ReferenceInference(
      network: model, extents: extents, before: before, origins: origins, importance: blend.importance(roi: roi),
      padding: Double(Self.padding))
  }
}

extension Explanation {
  /// A target's attributions to all images, one after the other.
  func attributions(_ position: Int) -> [Float] { (0..<images).flatMap { attribution(position, image: $0) } }
}

/// Largest difference, relative to the largest value of the reference.
func relativeDifference(_ values: [Float], _ reference: [Double]) -> Double {
  let scale = reference.lazy.map(abs).max() ?? 0
  let difference = zip(values, reference).lazy.map { abs(Double($0) - $1) }.max() ?? 0
  return values.count == reference.count && scale > 0 ? difference / scale : .infinity
}
