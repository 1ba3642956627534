extension Reference {
  static let resizings: [String: Function] = [
    "Resize": { x, options in resized(x, options) }
  ]

  private static func resized(_ x: [NDArray?], _ options: Options) -> NDArray {
    let array = x.given(0)
    let (shape, factors) = targets(x, options)
    return NDArray(shape) { index in
      let taps = index.indices.map { axis in
        let position = source(index[axis], factors[axis], from: array.shape[axis], to: shape[axis], options)
        return neighbours(at: position, extent: array.shape[axis], options)
      }
      var sum = 0.0
      forEachIndex(taps.map(\.count)) { choice in
        let chosen = choice.indices.map { taps[$0][choice[$0]] }
        let inside = chosen.indices.map { min(max(chosen[$0].position, 0), array.shape[$0] - 1) }
        sum += chosen.reduce(1) { $0 * $1.weight } * array[inside]
      }
      return sum
    }
  }

  /// Extent and factor of each axis.
  private static func targets(_ x: [NDArray?], _ options: Options) -> (shape: [Int], factors: [Double]) {
    let array = x.given(0)
    let axes = options.integers("axes") ?? Array(array.shape.indices)
    var (shape, factors) = (array.shape, [Double](repeating: 1, count: array.shape.count))
    for (position, axis) in axes.enumerated() {
      if let size = x.optional(3)?.values[position] {
        (shape[axis], factors[axis]) = (Int(size), size / Double(array.shape[axis]))
      } else {
        factors[axis] = x.given(2).values[position]
        shape[axis] = Int((Double(array.shape[axis]) * factors[axis]).rounded(.down))
      }
    }
    return (shape, factors)
  }

  private static func neighbours(
    at position: Double, extent: Int, _ options: Options
  ) -> [(position: Int, weight: Double)] {
    switch options.string("mode", "nearest") {
    case "linear": linear(position)
    case "cubic": cubic(position, extent: extent, options)
    default: [(nearest(position, options), 1)]
    }
  }

  /// The place in the input that a place in the output stands for.
  private static func source(
    _ position: Int, _ factor: Double, from input: Int, to output: Int, _ options: Options
  ) -> Double {
    let position = Double(position)
    return switch options.string("coordinate_transformation_mode", "half_pixel") {
    case "half_pixel": (position + 0.5) / factor - 0.5
    case "pytorch_half_pixel": output > 1 ? (position + 0.5) / factor - 0.5 : 0
    case "half_pixel_symmetric":
      (position + 0.5) / factor - 0.5 + Double(input) / 2 * (1 - Double(output) / (factor * Double(input)))
    case "tf_half_pixel_for_nn": (position + 0.5) / factor
    case "align_corners": output > 1 ? position * Double(input - 1) / Double(output - 1) : 0
    default: position / factor
    }
  }

  private static func linear(_ position: Double) -> [(position: Int, weight: Double)] {
    let below = position.rounded(.down)
    return [(Int(below), 1 - (position - below)), (Int(below) + 1, position - below)]
  }

  private static func cubic(
    _ position: Double, extent: Int, _ options: Options
  ) -> [(position: Int, weight: Double)] {
    let a = options.float("cubic_coeff_a", -0.75)
    let below = position.rounded(.down)
    let taps = (-1...2).map { offset -> (position: Int, weight: Double) in
      let place = Int(below) + offset
      let d = abs(position - Double(place))
      let weight =
        d <= 1 ? (a + 2) * d * d * d - (a + 3) * d * d + 1 : a * d * d * d - 5 * a * d * d + 8 * a * d - 4 * a
      let isOutside = options.integer("exclude_outside", 0) != 0 && !(0..<extent).contains(place)
      return (place, isOutside ? 0 : weight)
    }
    let sum = taps.reduce(0) { $0 + $1.weight }
    return taps.map { ($0.position, options.integer("exclude_outside", 0) != 0 ? $0.weight / sum : $0.weight) }
  }

  private static func nearest(_ position: Double, _ options: Options) -> Int {
    switch options.string("nearest_mode", "round_prefer_floor") {
    case "round_prefer_ceil": Int((position + 0.5).rounded(.down))
    case "floor": Int(position.rounded(.down))
    case "ceil": Int(position.rounded(.up))
    default: Int((position - 0.5).rounded(.up))
    }
  }
}
