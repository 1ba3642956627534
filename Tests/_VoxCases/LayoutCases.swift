import _VoxReference

extension OperatorCase {
  static let layouts: [OperatorCase] = [
    OperatorCase("Identity", "five axes", [1, 3, 4, 5, 2]),
    OperatorCase("Dropout", "no ratio", [1, 3, 4, 5, 2], opset: 12),
    OperatorCase("Cast", "to 32-bit floats", [1, 3, 4, 5, 2], .uniform, ["to": 1]),
    OperatorCase("Shape", "all axes", [1, 3, 4, 5, 2]),
    OperatorCase("Shape", "from axis 2", [1, 3, 4, 5, 2], .uniform, ["start": 2]),
    OperatorCase("Shape", "between axes", [1, 3, 4, 5, 2], .uniform, ["start": 1, "end": -1]),

    OperatorCase(
      "Concat", "x and its square, 16 and 16 channels", [1, 16, 3, 4, 5], inputs: [.x, .squaredX],
      ["axis": 1]),
    OperatorCase("Concat", "x twice, 3 and 3 channels", [1, 3, 4, 5, 2], inputs: [.x, .x], ["axis": 1]),
    OperatorCase(
      "Concat", "three parts of 8, 17 and 8 channels", [1, 8, 3, 2, 4],
      inputs: [.x, .literal([1, 17, 3, 2, 4]), .squaredX], ["axis": 1]),
    OperatorCase(
      "Concat", "literal first", [1, 5, 3, 2, 4], inputs: [.literal([1, 3, 3, 2, 4]), .x], ["axis": 1]),
    OperatorCase(
      "Concat", "last axis, counted from the back", [2, 3, 4], inputs: [.x, .literal([2, 3, 1]), .squaredX],
      ["axis": -1]),
    OperatorCase("Concat", "first axis", [2, 3, 4], inputs: [.squaredX, .x], ["axis": 0]),
    OperatorCase("Concat", "one part", [2, 3, 4], .uniform, ["axis": 1]),

    OperatorCase("Reshape", "given extents", [1, 6, 4, 5], inputs: [.x, .integers([2, 3, 20])]),
    OperatorCase("Reshape", "an open extent", [1, 6, 4, 5], inputs: [.x, .integers([4, -1])]),
    OperatorCase("Reshape", "kept and open extents", [2, 6, 4, 5], inputs: [.x, .integers([0, 3, -1, 0])]),
    OperatorCase("Flatten", "axis by default", [2, 3, 4, 5]),
    OperatorCase("Flatten", "axis 0", [2, 3, 4], .uniform, ["axis": 0]),
    OperatorCase("Flatten", "axis after the last", [2, 3, 4], .uniform, ["axis": 3]),
    OperatorCase("Flatten", "negative axis", [2, 3, 4, 5], .uniform, ["axis": -1]),
    OperatorCase("Transpose", "axes reversed by default", [2, 3, 4, 5]),
    OperatorCase("Transpose", "channels last", [1, 17, 3, 4, 5], .uniform, ["perm": [0, 2, 3, 4, 1]]),
    OperatorCase("Transpose", "channels first", [1, 3, 4, 5, 16], .uniform, ["perm": [0, 4, 1, 2, 3]]),
    OperatorCase("Transpose", "a cycle of three", [2, 3, 4], .uniform, ["perm": [1, 2, 0]]),
    OperatorCase("Squeeze", "every axis of extent 1", [1, 3, 1, 5]),
    OperatorCase("Squeeze", "listed axes", [1, 3, 1, 5], inputs: [.x, .integers([-2])]),
    OperatorCase("Squeeze", "listed axes before opset 13", [1, 3, 1, 5], .uniform, ["axes": [0]], opset: 11),
    OperatorCase("Unsqueeze", "listed axes", [3, 5], inputs: [.x, .integers([0, -1])]),
    OperatorCase("Unsqueeze", "listed axes before opset 13", [3, 5], .uniform, ["axes": [1, 2]], opset: 11),
  ]
}
