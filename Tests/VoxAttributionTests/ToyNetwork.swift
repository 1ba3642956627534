import VoxTensor

/// A network whose derivative is known by hand: `z_k = p_k y + q_k y^2`, `y` being made of the weighted sum `x` of the
/// images.
///
/// With a neighbourhood, `y` mixes a voxel with the next ones along each axis, differently per axis, and with the mean
/// of its window, so that logits depend on the window a voxel is seen in; without one, `y = x`.
final class ToyNetwork: DifferentiableModel {
  let roi: SIMD3<Int>
  let hasNeighbourhood: Bool
  /// Weight of each image.
  let images: [Double]
  let linear: [Double]
  let quadratic: [Double]
  private(set) var forwards = 0
  private(set) var backwards = 0
  private(set) var largestBatch = 0
  private var kept: [[Double]?]
  private var selected = 0

  var tapes: Int { kept.count }
  let cotangents: Int
  /// Whether a tape is lost when it has been read.
  var readsTapeOnce = false

  func select(tape: Int) { selected = tape }

  init(
    roi: SIMD3<Int>, images: [Double] = [1], hasNeighbourhood: Bool = true, linear: [Double] = [0.1, 1, -1, 0.4],
    quadratic: [Double] = [0.3, -0.2, -0.3, 0.5], tapes: Int = 1, cotangents: Int = 1
  ) {
    self.cotangents = cotangents
    self.images = images
    kept = Array(repeating: nil, count: tapes)
    (self.roi, self.hasNeighbourhood, self.linear, self.quadratic) = (roi, hasNeighbourhood, linear, quadratic)
  }

  var inputShape: Shape { [1, images.count, roi.x, roi.y, roi.z] }
  var outputShape: Shape { [1, linear.count, roi.x, roi.y, roi.z] }
  private var count: Int { roi.x * roi.y * roi.z }

  /// Voxels whose `y` a voxel enters, and with which weight; offsets into a window with the last axis fastest.
  private func neighbours(_ voxel: Int) -> [(voxel: Int, weight: Double)] {
    let (x, y, z) = (voxel / (roi.y * roi.z), voxel / roi.z % roi.y, voxel % roi.z)
    var list = [(voxel, 1.0)]
    guard hasNeighbourhood else { return list }
    if x + 1 < roi.x { list.append((voxel + roi.y * roi.z, 0.3)) }
    if y + 1 < roi.y { list.append((voxel + roi.z, 0.2)) }
    if z + 1 < roi.z { list.append((voxel + 1, -0.4)) }
    return list
  }

  private var meanWeight: Double { hasNeighbourhood ? 0.5 : 0 }

  private func mix(_ channels: [Double]) -> [Double] {
    let input = (0..<count).map { v in images.indices.reduce(0.0) { $0 + images[$1] * channels[$1 * count + v] } }
    let mean = input.reduce(0, +) / Double(count)
    return input.indices.map { v in
      neighbours(v).reduce(meanWeight * mean) { $0 + $1.weight * input[$1.voxel] }
    }
  }

  /// Logits [K][X * Y * Z] of a window [C * X * Y * Z].
  func logits(_ input: [Double]) -> [[Double]] {
    let mixed = mix(input)
    return zip(linear, quadratic).map { p, q in mixed.map { p * $0 + q * $0 * $0 } }
  }

  func forward(_ input: Tensor, keepingTape: Bool) throws -> Tensor {
    forwards += 1
    let values = input.elements.map(Double.init)
    kept[keepingTape ? selected : 0] = keepingTape ? mix(values) : nil
    return Tensor(outputShape, self.logits(values).joined().map { Float($0) })
  }

  func vjp(_ cotangents: [Tensor], into gradients: [Tensor]) throws {
    guard 1...self.cotangents ~= cotangents.count, gradients.count == cotangents.count else { throw ToyError.tooMany }
    largestBatch = max(largestBatch, cotangents.count)
    for (cotangent, gradient) in zip(cotangents, gradients) { try takeBack(cotangent, into: gradient) }
    if readsTapeOnce { kept[selected] = nil }
  }

  private func takeBack(_ cotangent: Tensor, into gradient: Tensor) throws {
    guard let mixed = kept[selected] else { throw ToyError.noTape }
    backwards += 1
    let slopes = mixed.indices.map { v in
      linear.indices.reduce(0.0) { sum, k in
        sum + Double(cotangent.elements[k * count + v]) * (linear[k] + 2 * quadratic[k] * mixed[v])
      }
    }
    var sums = [Double](repeating: meanWeight * slopes.reduce(0, +) / Double(count), count: count)
    for v in slopes.indices { for (source, weight) in neighbours(v) { sums[source] += weight * slopes[v] } }
    for (image, weight) in images.enumerated() {
      for v in sums.indices { gradient.elements[image * count + v] = Float(weight * sums[v]) }
    }
  }

  enum ToyError: Error { case noTape, tooMany }
}
