extension Reference {
  static let poolings: [String: Function] = [
    "MaxPool": { x, options in
      pooling(x.given(0), options) { values, _ in values.reduce(-.infinity, max) }
    },
    "AveragePool": { x, options in
      let countsPadding = options.integer("count_include_pad", 0) != 0
      return pooling(x.given(0), options) { values, covered in
        values.reduce(0, +) / Double(countsPadding ? covered : values.count)
      }
    },
  ]

  /// - Parameter reduce: from the elements under a window, and the number of places it covers in input and padding.
  private static func pooling(_ x: NDArray, _ options: Options, _ reduce: ([Double], Int) -> Double) -> NDArray {
    let (extents, kernel) = (Array(x.shape.dropFirst(2)), options.integers("kernel_shape") ?? [])
    let window = Window(options, input: extents, kernel: kernel)
    let roundsUp = options.integer("ceil_mode", 0) != 0
    let output = extents.indices.map { axis in
      let padded = extents[axis] + window.low[axis] + window.high[axis]
      let room = padded - (kernel[axis] - 1) * window.dilations[axis] - 1
      let steps = room / window.strides[axis] + 1
      let hangsOver = roundsUp && room % window.strides[axis] != 0
      // A further window counts only where it starts before the end of the input.
      return hangsOver && steps * window.strides[axis] < extents[axis] + window.low[axis] ? steps + 1 : steps
    }
    return NDArray(Array(x.shape.prefix(2)) + output) { index in
      var (values, covered): ([Double], Int) = ([], 0)
      forEachIndex(kernel) { tap in
        let position = tap.indices.map { window.position($0, step: index[$0 + 2], tap: tap[$0]) }
        let isCovered = position.indices.allSatisfy {
          (-window.low[$0]..<extents[$0] + window.high[$0]).contains(position[$0])
        }
        if isCovered { covered += 1 }
        guard position.indices.allSatisfy({ (0..<extents[$0]).contains(position[$0]) }) else { return }
        values.append(x[[index[0], index[1]] + position])
      }
      return reduce(values, covered)
    }
  }
}
