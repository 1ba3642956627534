import _VoxReference

extension OperatorCase {
  static let poolings: [OperatorCase] =
    windows("MaxPool") + windows("AveragePool") + [
      OperatorCase(
        "MaxPool", "rounding up", [1, 3, 5, 6, 7], .distinct,
        ["kernel_shape": [2, 2, 2], "strides": [2, 2, 2], "ceil_mode": 1]),
      OperatorCase(
        "MaxPool", "rounding up, the last window in the padding", [1, 3, 5, 5, 4], .distinct,
        [
          "kernel_shape": [2, 2, 2], "strides": [2, 2, 2], "ceil_mode": 1,
          "pads": [1, 0, 1, 1, 1, 1],
        ]),
      OperatorCase(
        "AveragePool", "rounding up", [1, 3, 5, 6, 7], .uniform,
        ["kernel_shape": [2, 2, 2], "strides": [2, 2, 2], "ceil_mode": 1]),
      OperatorCase(
        "AveragePool", "padding counted", [1, 3, 5, 6, 7], .uniform,
        [
          "kernel_shape": [3, 3, 3], "strides": [2, 2, 2], "pads": [1, 1, 1, 1, 1, 1],
          "count_include_pad": 1,
        ]),
    ]

  /// A pooling with windows of several kinds.
  private static func windows(_ name: String) -> [OperatorCase] {
    [
      OperatorCase(
        name, "kernel 2, stride 2, 16 channels", [1, 16, 4, 6, 2], .distinct,
        ["kernel_shape": [2, 2, 2], "strides": [2, 2, 2]]),
      OperatorCase(
        name, "kernel 2, stride 2, odd extents, 3 channels", [1, 3, 5, 7, 3], .distinct,
        ["kernel_shape": [2, 2, 2], "strides": [2, 2, 2]]),
      OperatorCase(
        name, "kernel 3, stride 1, pads, 17 channels", [1, 17, 4, 5, 3], .distinct,
        ["kernel_shape": [3, 3, 3], "pads": [1, 1, 1, 1, 1, 1]]),
      OperatorCase(
        name, "unequal kernel, strides and pads", [1, 2, 6, 7, 8], .distinct,
        [
          "kernel_shape": [1, 2, 3], "strides": [1, 2, 2], "pads": [0, 1, 0, 0, 0, 2],
        ]),
      OperatorCase(
        name, "two spatial axes, two instances", [2, 3, 6, 5], .distinct,
        ["kernel_shape": [3, 2], "strides": [2, 1]]),
      OperatorCase(name, "one spatial axis", [1, 3, 11], .distinct, ["kernel_shape": [4]]),
      OperatorCase(
        name, "automatic pads", [1, 3, 5, 6, 7], .distinct,
        ["kernel_shape": [3, 2, 3], "strides": [2, 2, 2], "auto_pad": "SAME_UPPER"]),
    ]
  }
}
