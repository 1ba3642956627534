import _VoxReference

extension OperatorCase {
  static let paddings: [OperatorCase] =
    ["constant", "edge", "reflect", "wrap"].flatMap { mode in
      [
        OperatorCase(
          "Pad", "\(mode), all axes", [3, 4, 5], inputs: [.x, .integers([1, 0, 2, 2, 1, 3])],
          ["mode": .string(mode)], opset: 19),
        OperatorCase(
          "Pad", "\(mode), space, 16 channels", [1, 16, 3, 4, 5],
          inputs: [.x, .integers([0, 0, 1, 2, 0, 0, 0, 1, 0, 3])],
          ["mode": .string(mode)], opset: 19),
        OperatorCase(
          "Pad", "\(mode), listed axes", [1, 17, 4, 5],
          inputs: [.x, .integers([1, 2, 0, 1]), .absent, .integers([-1, 1])],
          ["mode": .string(mode)], opset: 19),
        OperatorCase(
          "Pad", "\(mode), attribute before opset 11", [3, 4], .uniform,
          ["mode": .string(mode), "pads": [1, 1, 0, 2]], opset: 10),
      ]
    }
    + [
      OperatorCase("Pad", "a value", [3, 4], inputs: [.x, .integers([1, 0, 0, 2]), .scalar(9)]),
      OperatorCase(
        "Pad", "a value, 17 channels", [1, 17, 3, 4, 2],
        inputs: [.x, .integers([0, 0, 1, 0, 0, 0, 0, 0, 0, 1]), .scalar(-3)]),
      OperatorCase("Pad", "fewer elements", [5, 6], inputs: [.x, .integers([-1, 2, -2, -1])]),
      OperatorCase(
        "Pad", "a value as an attribute", [3, 4], .uniform, ["pads": [1, 1, 0, 2], "value": 0.5], opset: 10),
    ]

  static let resizings: [OperatorCase] =
    ["half_pixel", "pytorch_half_pixel", "align_corners", "asymmetric", "half_pixel_symmetric"].flatMap { place in
      ["linear", "nearest", "cubic"].flatMap { mode in
        [
          OperatorCase(
            "Resize", "\(mode), \(place), finer", [1, 16, 3, 4, 2],
            inputs: [.x, .absent, .floats([1, 1, 2, 2, 2])],
            ["mode": .string(mode), "coordinate_transformation_mode": .string(place)], opset: 19),
          OperatorCase(
            "Resize", "\(mode), \(place), sizes", [1, 3, 5, 4, 7],
            inputs: [.x, .absent, .absent, .integers([1, 3, 8, 3, 7])],
            ["mode": .string(mode), "coordinate_transformation_mode": .string(place)], opset: 19),
        ]
      }
    }
    + ["round_prefer_floor", "round_prefer_ceil", "floor", "ceil"].map { rounding in
      OperatorCase(
        "Resize", "nearest, \(rounding)", [1, 1, 5, 6], inputs: [.x, .absent, .floats([1, 1, 0.6, 1.5])],
        ["nearest_mode": .string(rounding)])
    }
    + [
      OperatorCase(
        "Resize", "all channels of 17", [1, 17, 3, 4, 2], inputs: [.x, .absent, .floats([1, 1, 2, 1, 2])],
        ["mode": "linear"]),
      OperatorCase(
        "Resize", "listed axes", [1, 2, 3, 4], inputs: [.x, .absent, .absent, .integers([7, 6])],
        ["mode": "linear", "axes": [3, 2]], opset: 18),
      OperatorCase(
        "Resize", "cubic, neighbours inside only", [1, 1, 5, 6], inputs: [.x, .absent, .floats([1, 1, 2, 1.5])],
        ["mode": "cubic", "exclude_outside": 1, "cubic_coeff_a": -0.5]),
      OperatorCase(
        "Resize", "two instances", [2, 3, 4], inputs: [.x, .absent, .floats([1, 1, 3])], ["mode": "linear"]),
      OperatorCase(
        "Resize", "half pixels for nearest", [1, 1, 4, 5], inputs: [.x, .absent, .floats([1, 1, 2, 2])],
        ["coordinate_transformation_mode": "tf_half_pixel_for_nn", "nearest_mode": "floor"], opset: 11),
    ]
}
