import _VoxReference

extension OperatorCase {
  static let reductions: [OperatorCase] = alongAxes + ofIntegers + ofChannels + layers

  private static let alongAxes: [OperatorCase] =
    ["ReduceSum", "ReduceMean", "ReduceMax", "ReduceMin"].flatMap { name in
      // A sum must not cancel; a maximum must be the only one.
      let values = ["ReduceSum", "ReduceMean"].contains(name) ? Values.positive : .distinct
      return [
        OperatorCase(name, "all axes", [2, 3, 4], values),
        OperatorCase(name, "all axes, gone", [2, 3, 4], values, ["keepdims": 0]),
        OperatorCase(name, "listed axes", [1, 16, 3, 4, 5], values, inputs: [.x, .integers([2, -1])], opset: 18),
        OperatorCase(
          name, "listed axes, gone", [2, 3, 4, 5], values, inputs: [.x, .integers([1])], ["keepdims": 0], opset: 18),
        OperatorCase(name, "axes of an older operator set", [2, 3, 4], values, ["axes": [1, -1]], opset: 11),
        OperatorCase(name, "no axes on request", [2, 3, 4], values, ["noop_with_empty_axes": 1], opset: 18),
      ]
    }

  private static let ofIntegers: [OperatorCase] = [
    OperatorCase("ReduceProd", "integers", [1], inputs: [.shaped([2, 3], [1, 2, 3, 4, 5, 6]), .integers([1])]),
    OperatorCase("ReduceSum", "integers", [1], inputs: [.shaped([2, 3], [1, 2, 3, 4, 5, 6]), .integers([0])]),
    OperatorCase("ReduceMax", "integers", [1], inputs: [.shaped([2, 3], [1, 9, 3, 4, 5, 6])], ["keepdims": 0]),
  ]

  private static let ofChannels: [OperatorCase] = [
    OperatorCase("GlobalAveragePool", "three axes", [1, 16, 3, 4, 5]),
    OperatorCase("GlobalAveragePool", "two instances", [2, 3, 4, 5]),
    OperatorCase("GlobalMaxPool", "three axes", [1, 16, 3, 4, 5], .distinct),
    OperatorCase("GlobalMaxPool", "two instances", [2, 3, 4, 5], .distinct),
    OperatorCase("LogSoftmax", "channels", [1, 5, 3, 4, 6], .uniform, ["axis": 1]),
    OperatorCase("LogSoftmax", "last axis by default", [3, 4, 7]),
    OperatorCase("LogSoftmax", "axes together before opset 13", [2, 5, 3, 4], .uniform, ["axis": 1], opset: 11),
  ]

  private static let layers: [OperatorCase] =
    [[5, 7], [3, 48], [2, 3, 96], [1, 4, 3, 5, 17]].map { shape in
      OperatorCase(
        "LayerNormalization", "last axis of \(shape)", shape,
        inputs: [.x, .literal([shape[shape.count - 1]], .awayFromZero), .literal([shape[shape.count - 1]])])
    }
    + [
      OperatorCase(
        "LayerNormalization", "two axes", [3, 4, 5], inputs: [.x, .literal([4, 5]), .literal([4, 5])], ["axis": 1]),
      OperatorCase(
        "LayerNormalization", "no bias, one scale, large epsilon", [3, 4, 5], inputs: [.x, .literal([4, 5])],
        ["axis": -2, "epsilon": 0.1]),
      OperatorCase(
        "GroupNormalization", "scales per group", [1, 6, 3, 4, 5], inputs: [.x, .literal([3]), .literal([3])],
        ["num_groups": 3], opset: 18),
      OperatorCase(
        "GroupNormalization", "scales per channel", [1, 16, 3, 4, 5], inputs: [.x, .literal([16]), .literal([16])],
        ["num_groups": 4], opset: 21),
      OperatorCase(
        "GroupNormalization", "two instances", [2, 6, 7], inputs: [.x, .literal([6]), .literal([6])],
        ["num_groups": 2, "epsilon": 0.1], opset: 21),
    ]
}
