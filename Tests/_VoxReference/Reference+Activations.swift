import Foundation

extension Reference {
  static let activations: [String: Function] = [
    "Relu": { x, _ in x.given(0).map { max($0, 0) } },
    "LeakyRelu": { x, options in
      let alpha = options.float("alpha", 0.01)
      return x.given(0).map { $0 < 0 ? alpha * $0 : $0 }
    },
    "Elu": { x, options in
      let alpha = options.float("alpha", 1)
      return x.given(0).map { $0 < 0 ? alpha * (exp($0) - 1) : $0 }
    },
    "PRelu": { x, _ in broadcast(x.given(0), x.given(1)) { $0 < 0 ? $0 * $1 : $0 } },
    "Sigmoid": { x, _ in x.given(0).map { 1 / (1 + exp(-$0)) } },
    "Tanh": { x, _ in x.given(0).map { tanh($0) } },
    "Softplus": { x, _ in x.given(0).map { log(1 + exp($0)) } },
    "Softmax": { x, options in softmax(x.given(0), options) },
    "LogSoftmax": { x, options in softmax(x.given(0), options).map { log($0) } },
  ]

  private static func softmax(_ x: NDArray, _ options: Options) -> NDArray {
    let axis = options.integer("axis", options.opset < 13 ? 1 : -1)
    return softmax(x, axis: axis < 0 ? axis + x.shape.count : axis, flattening: options.opset < 13)
  }

  /// The softmax over one axis, or over all axes from it on.
  private static func softmax(_ x: NDArray, axis: Int, flattening: Bool) -> NDArray {
    let reduced = flattening ? axis..<x.shape.count : axis..<axis + 1
    var sums = NDArray(x.shape.enumerated().map { reduced.contains($0) ? 1 : $1 })
    let cell: ([Int]) -> [Int] = { index in index.enumerated().map { reduced.contains($0) ? 0 : $1 } }
    forEachIndex(x.shape) { sums[cell($0)] += exp(x[$0]) }
    return NDArray(x.shape) { exp(x[$0]) / sums[cell($0)] }
  }
}
