extension Reference {
  static let resizings: [String: Function] = [
    "Resize": { x, options in
      let array = x.given(0)
      let sizes = x.optional(3)?.values.map { Int($0) }
      let factors = x.optional(2)?.values ?? zip(sizes ?? [], array.shape).map { Double($0) / Double($1) }
      let shape = sizes ?? zip(array.shape, factors).map { Int((Double($0) * $1).rounded(.down)) }
      let isLinear = options.string("mode", "nearest") == "linear"
      return NDArray(shape) { index in
        let taps = index.indices.map { axis in
          let position = source(index[axis], factors[axis], from: array.shape[axis], to: shape[axis], options)
          return isLinear ? linear(position) : [(nearest(position, options), 1)]
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
  ]

  /// The place in the input that a place in the output stands for.
  private static func source(
    _ position: Int, _ factor: Double, from input: Int, to output: Int, _ options: Options
  ) -> Double {
    let position = Double(position)
    return switch options.string("coordinate_transformation_mode", "half_pixel") {
    case "half_pixel": (position + 0.5) / factor - 0.5
    case "pytorch_half_pixel": output > 1 ? (position + 0.5) / factor - 0.5 : 0
    case "align_corners": output > 1 ? position * Double(input - 1) / Double(output - 1) : 0
    default: position / factor
    }
  }

  private static func linear(_ position: Double) -> [(position: Int, weight: Double)] {
    let below = position.rounded(.down)
    return [(Int(below), 1 - (position - below)), (Int(below) + 1, position - below)]
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
