extension Reference {
  static let products: [String: Function] = [
    "MatMul": { x, _ in
      var (a, b) = (x.given(0), x.given(1))
      let (isRow, isColumn) = (a.shape.count == 1, b.shape.count == 1)
      if isRow { a.shape = [1] + a.shape }
      if isColumn { b.shape = b.shape + [1] }
      let rank = max(a.shape.count, b.shape.count)
      a.shape = [Int](repeating: 1, count: rank - a.shape.count) + a.shape
      b.shape = [Int](repeating: 1, count: rank - b.shape.count) + b.shape
      let batch = zip(a.shape, b.shape).map { max($0, $1) }.dropLast(2)
      var product = NDArray(batch + [a.shape[rank - 2], b.shape[rank - 1]]) { index in
        let clipped = { (shape: [Int]) in index.dropLast(2).enumerated().map { shape[$0] == 1 ? 0 : $1 } }
        return (0..<a.shape[rank - 1]).reduce(0) { sum, k in
          sum + a[clipped(a.shape) + [index[rank - 2], k]] * b[clipped(b.shape) + [k, index[rank - 1]]]
        }
      }
      product.shape = batch + (isRow ? [] : [a.shape[rank - 2]]) + (isColumn ? [] : [b.shape[rank - 1]])
      return product
    },
    "Gemm": { x, options in
      let (a, b) = (x.given(0), x.given(1))
      let (swapsA, swapsB) = (options.integer("transA", 0) != 0, options.integer("transB", 0) != 0)
      let inner = a.shape[swapsA ? 0 : 1]
      let product = NDArray([a.shape[swapsA ? 1 : 0], b.shape[swapsB ? 0 : 1]]) { index in
        (0..<inner).reduce(0) { sum, k in
          sum + a[swapsA ? [k, index[0]] : [index[0], k]] * b[swapsB ? [index[1], k] : [k, index[1]]]
        }
      }.map { $0 * options.float("alpha", 1) }
      guard let c = x.optional(2) else { return product }
      return broadcast(product, c.map { $0 * options.float("beta", 1) }, +)
    },
    "Einsum": { x, options in
      let sides = options.string("equation", "").filter { $0 != " " }
        .split(separator: ">", omittingEmptySubsequences: false)
      let terms = sides[0].replacing("-", with: "").split(separator: ",").map(Array.init)
      let output = Array(sides[1])
      let arrays = x.compactMap(\.self)
      var extents: [Character: Int] = [:]
      for (array, term) in zip(arrays, terms) {
        for (axis, letter) in term.enumerated() { extents[letter] = array.shape[axis] }
      }
      let summed = extents.keys.filter { !output.contains($0) }.sorted()
      return NDArray(output.map { extents[$0] ?? 1 }) { index in
        var sum = 0.0
        forEachIndex(summed.map { extents[$0] ?? 1 }) { inner in
          var places: [Character: Int] = [:]
          for (letter, place) in zip(output, index) { places[letter] = place }
          for (letter, place) in zip(summed, inner) { places[letter] = place }
          sum += zip(arrays, terms).reduce(1) { $0 * $1.0[$1.1.map { places[$0] ?? 0 }] }
        }
        return sum
      }
    },
  ]
}
