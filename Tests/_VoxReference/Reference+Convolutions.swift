extension Reference {
  static let convolutions: [String: Function] = [
    "Conv": { x, options in convolution(x.given(0), x.given(1), x.optional(2), options) },
    "ConvTranspose": { x, options in transposedConvolution(x.given(0), x.given(1), x.optional(2), options) },
  ]

  /// Strides, dilations and pads of a window over spatial axes.
  struct Window {
    let strides: [Int]
    let dilations: [Int]
    let low: [Int]
    let high: [Int]

    init(_ options: Options, input: [Int], kernel: [Int]) {
      let rank = kernel.count
      let ones = [Int](repeating: 1, count: rank)
      let (strides, dilations) = (options.integers("strides") ?? ones, options.integers("dilations") ?? ones)
      (self.strides, self.dilations) = (strides, dilations)
      let automatic = options.string("auto_pad", "NOTSET")
      if automatic.hasPrefix("SAME") {
        let total = (0..<rank).map { axis in
          let steps = (input[axis] + strides[axis] - 1) / strides[axis]
          return max(0, (steps - 1) * strides[axis] + (kernel[axis] - 1) * dilations[axis] + 1 - input[axis])
        }
        low = total.map { automatic == "SAME_UPPER" ? $0 / 2 : $0 - $0 / 2 }
        high = zip(total, low).map { $0 - $1 }
      } else {
        let pads = options.integers("pads") ?? [Int](repeating: 0, count: 2 * rank)
        (low, high) = (Array(pads.prefix(rank)), Array(pads.suffix(rank)))
      }
    }

    /// The element of the input under an element of the kernel at a step of the output; it may lie in the padding.
    func position(_ axis: Int, step: Int, tap: Int) -> Int { step * strides[axis] + tap * dilations[axis] - low[axis] }
  }

  private static func convolution(_ x: NDArray, _ w: NDArray, _ bias: NDArray?, _ options: Options) -> NDArray {
    let (extents, kernel) = (Array(x.shape.dropFirst(2)), Array(w.shape.dropFirst(2)))
    let window = Window(options, input: extents, kernel: kernel)
    let output = extents.indices.map { axis in
      let reach = (kernel[axis] - 1) * window.dilations[axis] + 1
      return (extents[axis] + window.low[axis] + window.high[axis] - reach) / window.strides[axis] + 1
    }
    let groups = options.integer("group", 1)
    let (inputs, outputs) = (w.shape[1], w.shape[0] / groups)
    let (stride, weightStride) = (x.stride(1), w.stride(1))
    return NDArray([x.shape[0], w.shape[0]] + output) { index in
      var sum = bias?.values[index[1]] ?? 0
      let firstInput = index[1] / outputs * inputs
      forEachIndex(kernel) { tap in
        let position = tap.indices.map { window.position($0, step: index[$0 + 2], tap: tap[$0]) }
        guard position.indices.allSatisfy({ (0..<extents[$0]).contains(position[$0]) }) else { return }
        let (element, weight) = (x.offset([index[0], firstInput] + position), w.offset([index[1], 0] + tap))
        for channel in 0..<inputs {
          sum += x.values[element + channel * stride] * w.values[weight + channel * weightStride]
        }
      }
      return sum
    }
  }

  private static func transposedConvolution(
    _ x: NDArray, _ w: NDArray, _ bias: NDArray?, _ options: Options
  ) -> NDArray {
    let (extents, kernel) = (Array(x.shape.dropFirst(2)), Array(w.shape.dropFirst(2)))
    let window = Window(options, input: extents, kernel: kernel)
    let extra = options.integers("output_padding") ?? [Int](repeating: 0, count: extents.count)
    let output = extents.indices.map { axis in
      window.strides[axis] * (extents[axis] - 1) + extra[axis] + (kernel[axis] - 1) * window.dilations[axis] + 1
        - window.low[axis] - window.high[axis]
    }
    let groups = options.integer("group", 1)
    let (inputs, outputs) = (w.shape[0] / groups, w.shape[1])
    var y = NDArray([x.shape[0], outputs * groups] + output)
    let (stride, weightStride) = (y.stride(1), w.stride(1))
    forEachIndex(x.shape) { index in
      let firstOutput = index[1] / inputs * outputs
      forEachIndex(kernel) { tap in
        let position = tap.indices.map { window.position($0, step: index[$0 + 2], tap: tap[$0]) }
        guard position.indices.allSatisfy({ (0..<output[$0]).contains(position[$0]) }) else { return }
        let (element, weight) = (y.offset([index[0], firstOutput] + position), w.offset([index[1], 0] + tap))
        let value = x[index]
        for channel in 0..<outputs {
          y.values[element + channel * stride] += value * w.values[weight + channel * weightStride]
        }
      }
    }
    guard let bias else { return y }
    return NDArray(y.shape) { y[$0] + bias.values[$0[1]] }
  }
}
