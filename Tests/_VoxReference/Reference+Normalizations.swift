extension Reference {
  static let normalizations: [String: Function] = [
    "InstanceNormalization": { x, options in
      let (scale, bias) = (x.given(1), x.given(2))
      return normalized(x.given(0), options.float("epsilon", 1e-5)) {
        [$0[0], $0[1]]
      } affine: { index in
        (scale.values[index[1]], bias.values[index[1]])
      }
    },
    "GroupNormalization": { x, options in
      let (scale, bias, groups) = (x.given(1), x.given(2), options.integer("num_groups", 1))
      let perGroup = x.given(0).shape[1] / groups
      return normalized(x.given(0), options.float("epsilon", 1e-5)) {
        [$0[0], $0[1] / perGroup]
      } affine: { index in
        // Before opset 21 there is one scale per group, from then on one per channel.
        let position = options.opset < 21 ? index[1] / perGroup : index[1]
        return (scale.values[position], bias.values[position])
      }
    },
    "LayerNormalization": { x, options in
      let rank = x.given(0).shape.count
      let axis = options.integer("axis", -1)
      let first = axis < 0 ? axis + rank : axis
      let (scale, bias) = (x.given(1), x.optional(2))
      return normalized(x.given(0), options.float("epsilon", 1e-5)) {
        Array($0.prefix(first))
      } affine: { index in
        let inner = Array(index.dropFirst(first))
        return (scale[inner], bias?[inner] ?? 0)
      }
    },
    "BatchNormalization": { x, options in
      let (scale, bias, mean, variance) = (x.given(1), x.given(2), x.given(3), x.given(4))
      let epsilon = options.float("epsilon", 1e-5)
      return NDArray(x.given(0).shape) { index in
        let channel = index[1]
        let deviation = (variance.values[channel] + epsilon).squareRoot()
        return scale.values[channel] * (x.given(0)[index] - mean.values[channel]) / deviation + bias.values[channel]
      }
    },
  ]

  /// Elements less their mean over their biased deviation, both taken over all elements with one key, then scaled.
  private static func normalized(
    _ x: NDArray, _ epsilon: Double, key: ([Int]) -> [Int], affine: ([Int]) -> (scale: Double, bias: Double)
  ) -> NDArray {
    var sums: [[Int]: (count: Double, sum: Double, squares: Double)] = [:]
    forEachIndex(x.shape) { index in
      let sum = sums[key(index), default: (0, 0, 0)]
      sums[key(index)] = (sum.count + 1, sum.sum + x[index], 0)
    }
    forEachIndex(x.shape) { index in
      guard let sum = sums[key(index)] else { return }
      let difference = x[index] - sum.sum / sum.count
      sums[key(index)]?.squares += difference * difference
    }
    return NDArray(x.shape) { index in
      guard let sum = sums[key(index)] else { return .nan }
      let (scale, bias) = affine(index)
      return scale * (x[index] - sum.sum / sum.count) / (sum.squares / sum.count + epsilon).squareRoot() + bias
    }
  }
}
