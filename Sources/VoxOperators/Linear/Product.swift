import VoxTensor

/// A product of matrices [(B,) M, K] and [(B,) K, N] and its derivative.
struct Product {
  let a: Operand
  let b: Operand

  /// Emits the product.
  func lower(into plan: PlanBuilder) throws(EngineError) -> Operand { try multiplied(a, b, in: plan) }

  /// Cotangents of the two factors: `da = dy b'`, `db = a' dy`.
  func pullback(_ dy: Operand, in plan: PlanBuilder) throws(EngineError) -> (a: Operand?, b: Operand?) {
    (
      a.isVariable ? try multiplied(dy, try transposed(b, in: plan), in: plan) : nil,
      b.isVariable ? try multiplied(try transposed(a, in: plan), dy, in: plan) : nil
    )
  }

  private func multiplied(_ a: Operand, _ b: Operand, in plan: PlanBuilder) throws(EngineError) -> Operand {
    let (left, right) = (try readable(a, in: plan), try readable(b, in: plan))
    let kernel = try Kernel(matmul: left.layout, right.layout, packs: !right.isVariable, plan.precision)
    return try plan.run(kernel, reading: [(.source, left), (.weights, right)], writing: .destination)
  }

  /// A factor in C order, plain or transposed, which the kernels read as it is.
  private func readable(_ x: Operand, in plan: PlanBuilder) throws(EngineError) -> Operand {
    let swapped = try transposedLayout(x.shape)
    return x.layout == swapped ? x : try plan.dense(x)
  }
}

/// A matrix, or several, with their last two axes exchanged, in the memory of the original.
func transposed(_ x: Operand, in plan: PlanBuilder) throws(EngineError) -> Operand {
  var shape = x.shape
  shape.extents.swapAt(shape.rank - 1, shape.rank - 2)
  if x.layout == (try transposedLayout(x.shape)) { return x.viewed(as: shape, layout: try Layout(dense: shape)) }
  let dense = x.isVariable ? try plan.dense(x) : x
  return dense.viewed(as: shape, layout: try transposedLayout(shape))
}

/// The layout of matrices whose columns are contiguous.
private func transposedLayout(_ shape: Shape) throws(EngineError) -> Layout {
  var strides = shape.strides
  strides[shape.rank - 1] = shape[shape.rank - 2]
  strides[shape.rank - 2] = 1
  return try Layout(dense: shape, strides: strides)
}
