extension Reference {
  static let arithmetic: [String: Function] = [
    "Add": { x, _ in broadcast(x.given(0), x.given(1), +) },
    "Sub": { x, _ in broadcast(x.given(0), x.given(1), -) },
    "Mul": { x, _ in broadcast(x.given(0), x.given(1), *) },
    "Div": { x, _ in broadcast(x.given(0), x.given(1), /) },
  ]

  /// A function of two arrays after NumPy's broadcasting.
  static func broadcast(_ a: NDArray, _ b: NDArray, _ function: (Double, Double) -> Double) -> NDArray {
    let rank = max(a.shape.count, b.shape.count)
    let padded = [a, b].map { [Int](repeating: 1, count: rank - $0.shape.count) + $0.shape }
    let shape = zip(padded[0], padded[1]).map { max($0, $1) }
    let (left, right) = (NDArray(padded[0], a.values), NDArray(padded[1], b.values))
    return NDArray(shape) { index in
      function(
        left[zip(index, left.shape).map { $1 == 1 ? 0 : $0 }], right[zip(index, right.shape).map { $1 == 1 ? 0 : $0 }])
    }
  }
}
