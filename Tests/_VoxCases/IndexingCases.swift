import _VoxReference

extension OperatorCase {
  static let indexings: [OperatorCase] = [
    OperatorCase(
      "Slice", "two axes", [4, 6, 5], inputs: [.x, .integers([1, 2]), .integers([3, 9]), .integers([0, -1])]),
    OperatorCase("Slice", "axes by default", [4, 6], inputs: [.x, .integers([1, -4]), .integers([-1, -1])]),
    OperatorCase(
      "Slice", "steps", [7, 6],
      inputs: [.x, .integers([0, 1]), .integers([7, 6]), .integers([0, 1]), .integers([3, 2])]),
    OperatorCase(
      "Slice", "backwards", [7, 6],
      inputs: [.x, .integers([-1, 4]), .integers([-100, 0]), .integers([0, 1]), .integers([-1, -3])]),
    OperatorCase(
      "Slice", "space, 16 channels", [1, 16, 4, 5, 6],
      inputs: [.x, .integers([1, 2]), .integers([3, 6]), .integers([2, 4])]),
    OperatorCase(
      "Slice", "channels, 17 of them", [1, 17, 3, 4, 2], inputs: [.x, .integers([3]), .integers([12]), .integers([1])]),
    OperatorCase(
      "Slice", "attributes before opset 10", [4, 6], .uniform, ["starts": [1], "ends": [3], "axes": [1]], opset: 9),
    OperatorCase("Slice", "integers", [1], inputs: [.integers([1, 2, 3, 4]), .integers([1]), .integers([3])]),
    OperatorCase("Split", "given extents", [2, 7, 3], inputs: [.x, .integers([3, 4])], ["axis": 1]),
    OperatorCase("Split", "extents before opset 13", [2, 7, 3], .uniform, ["axis": -2, "split": [2, 5]], opset: 11),
    OperatorCase("Split", "one part", [2, 7, 3], .uniform, ["num_outputs": 1], opset: 18),

    OperatorCase("Gather", "one index, its axis gone", [3, 4, 5], inputs: [.x, .shaped([], [1])], ["axis": 1]),
    OperatorCase("Gather", "repeated indices", [3, 4, 5], inputs: [.x, .shaped([2, 2], [2, 0, -1, 2])]),
    OperatorCase("Gather", "last axis", [3, 4, 5], inputs: [.x, .integers([4, 0, 0, 2])], ["axis": -1]),
    OperatorCase("Gather", "space, 16 channels", [1, 16, 3, 4, 5], inputs: [.x, .integers([3, 1])], ["axis": 3]),
    OperatorCase("Gather", "integers", [1], inputs: [.integers([7, 8, 9]), .integers([2, 0])]),
    OperatorCase("GatherND", "elements", [3, 4], inputs: [.x, .shaped([3, 2], [0, 1, 2, -1, 0, 1])]),
    OperatorCase("GatherND", "rows", [3, 4, 5], inputs: [.x, .shaped([2, 2, 1], [1, 0, -1, 1])]),
    OperatorCase(
      "GatherND", "batches", [2, 3, 4], inputs: [.x, .shaped([2, 2, 1], [1, 0, 2, 2])], ["batch_dims": 1]),
    OperatorCase(
      "ScatterND", "rows into x", [4, 3], inputs: [.x, .shaped([2, 1], [2, 0]), .literal([2, 3])]),
    OperatorCase("ScatterND", "rows of x", [2, 3], inputs: [.literal([4, 3]), .shaped([2, 1], [-1, 0]), .x]),
    OperatorCase(
      "ScatterND", "elements", [3, 4], inputs: [.x, .shaped([2, 2, 2], [0, 1, 2, 2, 1, 0, 2, 3]), .literal([2, 2])]),
    OperatorCase(
      "ScatterND", "integers", [1],
      inputs: [.integers([1, 2, 3]), .shaped([1, 1], [1]), .integers([9])]),

    OperatorCase("Expand", "leading axes", [3, 1], inputs: [.x, .integers([2, 1, 4])]),
    OperatorCase("Expand", "smaller shape", [2, 3], inputs: [.x, .integers([1, 1])]),
    OperatorCase("Expand", "middle axis", [2, 1, 3], inputs: [.x, .integers([2, 5, 3])]),
    OperatorCase("Tile", "some axes", [2, 3, 1, 4], inputs: [.x, .integers([2, 1, 3, 2])]),
    OperatorCase("Tile", "no repeats", [2, 3], inputs: [.x, .integers([1, 1])]),
    OperatorCase("DepthToSpace", "places first", [2, 12, 2, 3], .uniform, ["blocksize": 2]),
    OperatorCase("DepthToSpace", "channels first", [1, 18, 2, 3], .uniform, ["blocksize": 3, "mode": "CRD"]),
  ]

  static let constants: [OperatorCase] = [
    OperatorCase("ConstantOfShape", "zeros", [1], inputs: [.integers([2, 3])]),
    OperatorCase("Range", "integers", [1], inputs: [.shaped([], [3]), .shaped([], [-4]), .shaped([], [-2])]),
    OperatorCase("Range", "floats", [1], inputs: [.scalar(0.5), .scalar(2.6), .scalar(0.5)]),
    OperatorCase("NonZero", "a matrix", [1], inputs: [.shaped([2, 3], [0, 4, 0, 1, 0, 2])]),
  ]
}
