import _VoxReference

extension OperatorCase {
  static let functions: [OperatorCase] = ofOneShape + ofOneValue + variadic + comparisons + logical

  private static let ofOneShape: [OperatorCase] =
    [
      ("Abs", Values.awayFromZero), ("Ceil", .awayFromZero), ("Celu", .awayFromZero), ("Cos", .uniform),
      ("Erf", .uniform), ("Exp", .uniform), ("Floor", .awayFromZero), ("HardSigmoid", .uniform),
      ("HardSwish", .uniform), ("Log", .positive), ("Mish", .uniform), ("Neg", .uniform),
      ("Reciprocal", .awayFromZero), ("Selu", .awayFromZero), ("Sign", .awayFromZero), ("Sin", .uniform),
      ("Softplus", .uniform), ("Softsign", .awayFromZero), ("Sqrt", .positive),
    ].flatMap { name, values in
      [[1, 17, 3, 4, 5], [7, 13], []].map { OperatorCase(name, "shape \($0)", $0, values) }
    }

  private static let ofOneValue: [OperatorCase] = [
    OperatorCase("Gelu", "exact", [1, 17, 3, 4, 5], .uniform, opset: 20),
    OperatorCase("Gelu", "approximate", [7, 13], .distinct, ["approximate": "tanh"], opset: 20),
    OperatorCase("Round", "distinct values", [4, 5], .distinct),
    OperatorCase("ThresholdedRelu", "threshold 0.25", [3, 7], .distinct, ["alpha": 0.25]),
    OperatorCase("Celu", "alpha 0.5", [3, 7], .awayFromZero, ["alpha": 0.5]),
    OperatorCase("HardSigmoid", "beyond both ends", [11, 37], .distinct, ["alpha": 0.7, "beta": 0.4]),
    OperatorCase("HardSwish", "beyond both ends", [31, 37], .distinct),
    OperatorCase("Softplus", "beyond the range of exp", [200, 300], .distinct, tolerance: 1e-5),
    OperatorCase("Clip", "both bounds", [3, 4, 5], .distinct, inputs: [.x, .scalar(-0.1), .scalar(0.1)]),
    OperatorCase("Clip", "lower bound", [3, 4, 5], .distinct, inputs: [.x, .scalar(-0.1)]),
    OperatorCase("Clip", "upper bound", [3, 4, 5], .distinct, inputs: [.x, .absent, .scalar(0.1)]),
    OperatorCase("Clip", "bounds before opset 11", [3, 4, 5], .distinct, ["min": -0.1, "max": 0.1], opset: 10),
    OperatorCase("Pow", "square", [3, 4, 5], .uniform, inputs: [.x, .scalar(2)]),
    OperatorCase("Pow", "cube of negative numbers", [3, 4, 5], .uniform, inputs: [.x, .scalar(3)]),
    OperatorCase("Pow", "root", [3, 4, 5], .positive, inputs: [.x, .scalar(0.5)]),
    OperatorCase("Pow", "exponent per channel", [1, 5, 3, 4], .positive, inputs: [.x, .literal([5, 1, 1])]),
    OperatorCase("Pow", "exponent of higher rank", [4, 5], .positive, inputs: [.x, .literal([2, 3, 1, 1])]),
    OperatorCase("Pow", "computed exponent", [1, 5, 3, 4], inputs: [.literal([5, 1, 1], .positive), .x]),
    OperatorCase("Pow", "computed base and exponent", [1, 5, 3, 4], .positive, inputs: [.x, .squaredX]),
  ]

  private static let variadic: [OperatorCase] = ["Max", "Min", "Sum"].flatMap { name in
    [
      OperatorCase(name, "one input", [3, 4, 5]),
      OperatorCase(name, "x and its square", [1, 16, 3, 4, 5], .positive, inputs: [.x, .squaredX]),
      OperatorCase(
        name, "three inputs", [3, 4, 5], .distinct, inputs: [.literal([4, 1]), .x, .literal([2, 1, 1, 5])]),
      OperatorCase(name, "repeated x", [3, 1, 5], .distinct, inputs: [.x, .literal([3, 4, 5]), .scalar(0.123)]),
    ]
  }

  private static let comparisons: [OperatorCase] =
    ["Equal", "Greater", "GreaterOrEqual", "Less", "LessOrEqual"].flatMap { name in
      [
        OperatorCase(
          name, "integers", [1], inputs: [.shaped([2, 3], [1, -2, 3, 4, 5, -6]), .shaped([2, 1], [3, 5])]),
        OperatorCase(name, "floats", [1], inputs: [.floats([0.5, 1, -2]), .scalar(0.5)]),
      ]
    }

  private static let logical: [OperatorCase] =
    ["And", "Or", "Xor"].map {
      OperatorCase($0, "Booleans", [1], inputs: [.integers([0, 0, 1, 1]), .integers([0, 1, 0, 1])])
    }
    + [
      OperatorCase("Not", "Booleans", [1], inputs: [.integers([0, 1, 1])]),
      OperatorCase("Mod", "integers", [1], inputs: [.integers([-7, 7, -7, 7, 6]), .integers([3, -3, -3, 3, 3])]),
      OperatorCase("Mod", "floats", [1], inputs: [.floats([-7.5, 7.25]), .floats([2, -2])], ["fmod": 1]),
      OperatorCase("Where", "x or a literal", [3, 4], inputs: [.shaped([3, 1], [1, 0, 1]), .x, .literal([4])]),
      OperatorCase("Where", "a number or x", [2, 3], inputs: [.integers([0, 1, 1]), .scalar(-100), .x]),
      OperatorCase("Where", "x or its square", [2, 3], inputs: [.shaped([4, 1, 1], [1, 0, 0, 1]), .x, .squaredX]),
      OperatorCase(
        "Where", "literals", [1], inputs: [.integers([0, 1]), .integers([7, 8]), .integers([-1, -2])]),
    ]
}
