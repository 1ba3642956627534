import _VoxReference

extension OperatorCase {
  static let products: [OperatorCase] = matrices + gemms + einsums

  private static let matrices: [OperatorCase] = [
    OperatorCase("MatMul", "weights on the right", [2, 3, 5, 7], inputs: [.x, .literal([7, 4])]),
    OperatorCase("MatMul", "weights on the left", [7, 4], inputs: [.literal([3, 5, 7]), .x]),
    OperatorCase("MatMul", "two matrices", [5, 5], inputs: [.x, .squaredX]),
    OperatorCase("MatMul", "many matrices", [2, 3, 5, 5], inputs: [.squaredX, .x]),
    OperatorCase("MatMul", "broadcast on the right", [2, 3, 4, 5], inputs: [.x, .literal([3, 5, 6])]),
    OperatorCase("MatMul", "broadcast on both sides", [2, 1, 4, 5], inputs: [.x, .literal([3, 5, 6])]),
    OperatorCase("MatMul", "one matrix on the left for many", [4, 5], inputs: [.x, .literal([3, 5, 6])]),
    OperatorCase("MatMul", "row", [5], inputs: [.x, .literal([3, 5, 6])]),
    OperatorCase("MatMul", "column", [5], inputs: [.literal([3, 4, 5]), .x]),
    OperatorCase("MatMul", "row and column", [5], inputs: [.x, .squaredX]),
    OperatorCase("MatMul", "larger than a block", [70, 90], inputs: [.x, .literal([90, 65])]),
  ]

  private static let gemms: [OperatorCase] = [(0, 0), (0, 1), (1, 0), (1, 1)].flatMap {
    (a: Int, b: Int) -> [OperatorCase] in
    let (left, right) = (a == 0 ? [5, 7] : [7, 5], b == 0 ? [7, 4] : [4, 7])
    let transposes: [String: Reference.Attribute] = ["transA": .integer(a), "transB": .integer(b)]
    let factors: [String: Reference.Attribute] = ["alpha": 0.5, "beta": -2.0]
    return [
      OperatorCase(
        "Gemm", "transposed \(a) and \(b), bias", left, inputs: [.x, .literal(right), .literal([4])], transposes),
      OperatorCase(
        "Gemm", "transposed \(a) and \(b), factors", left, inputs: [.x, .literal(right), .literal([5, 1])],
        transposes.merging(factors) { $1 }),
      OperatorCase(
        "Gemm", "transposed \(a) and \(b), both computed", [5, 5], inputs: [.x, .squaredX, .x], transposes),
      OperatorCase(
        "Gemm", "transposed \(a) and \(b), weights on the left", right, inputs: [.literal(left), .x], transposes),
    ]
  }

  private static let einsums: [OperatorCase] = [
    OperatorCase(
      "Einsum", "attention scores", [2, 3, 4, 5], inputs: [.x, .squaredX], ["equation": "blxd,blyd->blxy"]),
    OperatorCase(
      "Einsum", "attention values", [2, 3, 4, 4], inputs: [.x, .squaredX], ["equation": "bhxy,bhyd->bhxd"]),
    OperatorCase(
      "Einsum", "spaces, letters in another order", [3, 4], inputs: [.x, .literal([5, 4])], ["equation": "ij, kj -> ki"]
    ),
    OperatorCase("Einsum", "outer product", [3], inputs: [.x, .literal([4])], ["equation": "i,j->ji"]),
    OperatorCase("Einsum", "inner product", [3], inputs: [.x, .squaredX], ["equation": "i,i->"], opset: 12),
    OperatorCase(
      "Einsum", "axes summed on one side", [3, 4, 5], inputs: [.x, .literal([4, 6])], ["equation": "ijk,jl->i"]),
    OperatorCase("Einsum", "transposed", [3, 4, 5], .uniform, ["equation": "ijk->kij"]),
    OperatorCase("Einsum", "summed", [3, 4, 5], .uniform, ["equation": "ijk->j"]),
  ]
}
