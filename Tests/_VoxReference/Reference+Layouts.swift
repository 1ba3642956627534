extension Reference {
  static let layouts: [String: Function] = [
    "Identity": { x, _ in x.given(0) },
    "Dropout": { x, _ in x.given(0) },
    "Cast": { x, _ in x.given(0) },
    "Shape": { x, options in
      let shape = x.given(0).shape
      let bound: (Int) -> Int = { min(max($0 < 0 ? $0 + shape.count : $0, 0), shape.count) }
      let (start, end) = (bound(options.integer("start", 0)), bound(options.integer("end", shape.count)))
      let part = start < end ? shape[start..<end].map(Double.init) : []
      return NDArray([part.count], part)
    },
    "Concat": { x, options in
      let arrays = x.compactMap(\.self)
      let axis = front(options.integer("axis", 0), rank: arrays[0].shape.count)
      var shape = arrays[0].shape
      shape[axis] = arrays.reduce(0) { $0 + $1.shape[axis] }
      return NDArray(shape) { index in
        var index = index
        for array in arrays {
          if index[axis] < array.shape[axis] { return array[index] }
          index[axis] -= array.shape[axis]
        }
        return .nan
      }
    },
    "Reshape": { x, options in
      let (x, wanted) = (x.given(0), x.given(1).values.map { Int($0) })
      let keepsZeros = options.integer("allowzero", 0) != 0
      var shape = wanted.enumerated().map { $1 == 0 && !keepsZeros ? x.shape[$0] : $1 }
      if let open = shape.firstIndex(of: -1) { shape[open] = -x.values.count / shape.reduce(1, *) }
      return NDArray(shape, x.values)
    },
    "Flatten": { x, options in
      let x = x.given(0)
      let axis = options.integer("axis", 1)
      let split = axis < 0 ? axis + x.shape.count : axis
      return NDArray([x.shape[..<split].reduce(1, *), x.shape[split...].reduce(1, *)], x.values)
    },
    "Transpose": { x, options in
      let x = x.given(0)
      let order = options.integers("perm") ?? x.shape.indices.reversed()
      return NDArray(order.map { x.shape[$0] }) { index in
        var source = index
        for (target, axis) in order.enumerated() { source[axis] = index[target] }
        return x[source]
      }
    },
    "Squeeze": { x, options in
      let array = x.given(0)
      let axes = axes(x, options).map { axes in Set(axes.map { front($0, rank: array.shape.count) }) }
      let kept = array.shape.indices.filter { axis in axes.map { !$0.contains(axis) } ?? (array.shape[axis] != 1) }
      return NDArray(kept.map { array.shape[$0] }, array.values)
    },
    "Unsqueeze": { x, options in
      let array = x.given(0)
      let axes = axes(x, options) ?? []
      let rank = array.shape.count + axes.count
      var rest = array.shape[...]
      let inserted = Set(axes.map { front($0, rank: rank) })
      return NDArray((0..<rank).map { inserted.contains($0) ? 1 : rest.removeFirst() }, array.values)
    },
    "Pad": { x, options in
      let (array, value) = (x.given(0), x.optional(2)?.values.first ?? options.float("value", 0))
      let rank = array.shape.count
      let given = options.integers("pads") ?? x.given(1).values.map { Int($0) }
      var pads = [Int](repeating: 0, count: 2 * rank)
      let axes = x.optional(3)?.values.map { front(Int($0), rank: rank) } ?? Array(0..<rank)
      for (position, axis) in axes.enumerated() {
        (pads[axis], pads[rank + axis]) = (given[position], given[axes.count + position])
      }
      let mode = options.string("mode", "constant")
      return NDArray((0..<rank).map { array.shape[$0] + pads[$0] + pads[rank + $0] }) { index in
        let source = index.indices.map { index[$0] - pads[$0] }
        let isInside = source.indices.allSatisfy { (0..<array.shape[$0]).contains(source[$0]) }
        if mode == "constant" { return isInside ? array[source] : value }
        return array[source.indices.map { neighbour(source[$0], extent: array.shape[$0], mode) }]
      }
    },
  ]

  /// An axis counted from the front.
  private static func front(_ axis: Int, rank: Int) -> Int { axis < 0 ? axis + rank : axis }

  /// The axes of `Squeeze` and `Unsqueeze`: an attribute before opset 13, an input from then on.
  private static func axes(_ x: [NDArray?], _ options: Options) -> [Int]? {
    options.opset < 13 ? options.integers("axes") : x.optional(1)?.values.map { Int($0) }
  }

  /// The element of an axis that stands at a place outside it.
  private static func neighbour(_ place: Int, extent: Int, _ mode: String) -> Int {
    if (0..<extent).contains(place) { return place }
    switch mode {
    case "reflect": return neighbour(place < 0 ? -place : 2 * (extent - 1) - place, extent: extent, mode)
    case "wrap": return neighbour(place < 0 ? place + extent : place - extent, extent: extent, mode)
    default: return place < 0 ? 0 : extent - 1
    }
  }
}
