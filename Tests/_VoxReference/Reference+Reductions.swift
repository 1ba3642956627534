extension Reference {
  static let reductions: [String: Function] = [
    "ReduceSum": { x, options in reduced(x, options) { $0.reduce(0, +) } },
    "ReduceMean": { x, options in reduced(x, options) { $0.reduce(0, +) / Double($0.count) } },
    "ReduceMax": { x, options in reduced(x, options) { $0.max() ?? -.infinity } },
    "ReduceMin": { x, options in reduced(x, options) { $0.min() ?? .infinity } },
    "ReduceProd": { x, options in reduced(x, options) { $0.reduce(1, *) } },
    "GlobalAveragePool": { x, _ in pooled(x.given(0)) { $0.reduce(0, +) / Double($0.count) } },
    "GlobalMaxPool": { x, _ in pooled(x.given(0)) { $0.max() ?? -.infinity } },
  ]

  private static func pooled(_ x: NDArray, _ function: ([Double]) -> Double) -> NDArray {
    reduced(x, Set(2..<x.shape.count), keeping: true, function)
  }

  private static func reduced(_ x: [NDArray?], _ options: Options, _ function: ([Double]) -> Double) -> NDArray {
    let array = x.given(0)
    let rank = array.shape.count
    let listed = x.optional(1)?.values.map { Int($0) } ?? options.integers("axes") ?? []
    if listed.isEmpty, options.integer("noop_with_empty_axes", 0) != 0 { return array }
    let axes = listed.isEmpty ? Set(0..<rank) : Set(listed.map { $0 < 0 ? $0 + rank : $0 })
    return reduced(array, axes, keeping: options.integer("keepdims", 1) != 0, function)
  }

  private static func reduced(
    _ x: NDArray, _ axes: Set<Int>, keeping: Bool, _ function: ([Double]) -> Double
  ) -> NDArray {
    let kept = x.shape.indices.map { axes.contains($0) ? 1 : x.shape[$0] }
    var groups = [[Double]](repeating: [], count: kept.reduce(1, *))
    let places = NDArray(kept)
    forEachIndex(x.shape) { index in
      groups[places.offset(index.indices.map { axes.contains($0) ? 0 : index[$0] })].append(x[index])
    }
    return NDArray(
      keeping ? kept : x.shape.indices.filter { !axes.contains($0) }.map { x.shape[$0] }, groups.map(function))
  }
}
