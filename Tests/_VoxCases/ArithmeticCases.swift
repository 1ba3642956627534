extension OperatorCase {
  static let arithmetic: [OperatorCase] = ["Add", "Sub", "Mul", "Div"].flatMap(broadcasts)

  /// A function of two tensors under every kind of broadcasting.
  private static func broadcasts(_ name: String) -> [OperatorCase] {
    let shape = [1, 17, 3, 4, 5]
    return [
      OperatorCase(name, "x and its square", [1, 16, 3, 4, 5], .positive, inputs: [.x, .squaredX]),
      OperatorCase(name, "its square and x", [1, 3, 5, 4, 2], .positive, inputs: [.squaredX, .x]),
      OperatorCase(name, "x twice", [1, 3, 4, 5, 2], .awayFromZero, inputs: [.x, .x]),
      OperatorCase(name, "literal of the same shape", shape, inputs: [.x, .literal(shape, .awayFromZero)]),
      OperatorCase(name, "literal first", shape, .awayFromZero, inputs: [.literal(shape), .x]),
      OperatorCase(name, "scalar", shape, inputs: [.x, .literal([], .awayFromZero)]),
      OperatorCase(name, "scalar first", shape, .awayFromZero, inputs: [.literal([]), .x]),
      OperatorCase(name, "per channel", shape, inputs: [.x, .literal([17, 1, 1, 1], .awayFromZero)]),
      OperatorCase(name, "per channel first", shape, .awayFromZero, inputs: [.literal([1, 17, 1, 1, 1]), .x]),
      OperatorCase(name, "last axis", shape, inputs: [.x, .literal([5], .awayFromZero)]),
      OperatorCase(name, "x repeated along channels", [1, 1, 3, 4, 5], .awayFromZero, inputs: [.literal(shape), .x]),
      OperatorCase(
        name, "x repeated over space", [1, 17, 1, 1, 1], .awayFromZero, inputs: [.x, .literal(shape, .positive)]),
      OperatorCase(name, "both repeated", [3, 1, 5], .awayFromZero, inputs: [.x, .literal([4, 1], .awayFromZero)]),
      OperatorCase(name, "x of lower rank", [4, 5], .awayFromZero, inputs: [.literal([2, 3, 4, 5]), .x]),
    ]
  }
}
