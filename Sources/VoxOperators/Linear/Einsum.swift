import VoxTensor

/// `Einsum` (ai.onnx, since opset 12): a sum of products over named axes, of one tensor or two.
///
/// - Inputs: one tensor or two, their axes named by the letters of `equation`, each at most once per tensor.
/// - Outputs: the axes after `->`; without it those named once, in alphabetical order.
/// - VJP: that of the permutations, sums and the product it is made of.
/// - Source: <https://onnx.ai/onnx/operators/onnx__Einsum.html>.
struct Einsum: Operator {
  static let name = "Einsum"
  static let since = 12
  static let arity = 1...2

  private let terms: [[Character]]
  private let output: [Character]

  init(_ attributes: inout Attributes) throws(EngineError) {
    let equation = try attributes.string("equation", default: "").filter { $0 != " " }
    let sides = equation.split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
    terms = sides[0].split(separator: ",", omittingEmptySubsequences: false).map(Array.init)
    let named = terms.flatMap(\.self)
    guard named.allSatisfy({ $0.isASCII && $0.isLetter }), terms.allSatisfy({ Set($0).count == $0.count }) else {
      throw EngineError(
        .unsupported, "expected letters, each at most once per tensor, found \"\(equation)\"",
        at: .attribute("equation"))
    }
    if sides.count > 1 {
      output = Array(sides[1].dropFirst())
    } else {
      output = Set(named).filter { letter in named.count { $0 == letter } == 1 }.sorted()
    }
    guard sides.count == 1 || sides[1].hasPrefix(">"), Set(output).count == output.count,
      Set(output).isSubset(of: named)
    else {
      throw EngineError(
        .malformed, "expected axes of the inputs after ->, found \"\(equation)\"", at: .attribute("equation"))
    }
  }

  func outputShapes(_ inputs: [Fact?]) throws(EngineError) -> [Shape] {
    let extents = try extents(inputs.compactMap { $0?.shape })
    return [Shape(output.compactMap { extents[$0] })]
  }

  func lower(_ inputs: [Operand?], into plan: PlanBuilder) throws(EngineError) -> Lowered {
    let first = try input(inputs, 0)
    let extents = try extents(inputs.compactMap { $0?.shape })
    let shape = Shape(output.compactMap { extents[$0] })
    guard inputs.count > 1 else {
      let term = try Term(first, terms[0], order: output, extents, in: plan)
      return Lowered([try plan.reshaped(term.result, to: shape)]) { cotangents, plan throws(EngineError) in
        [try cotangents[0].map { dy throws(EngineError) in try term.pullback(dy, in: plan) }]
      }
    }
    let (left, right) = (terms[0], terms[1])
    let batch = output.filter { left.contains($0) && right.contains($0) }
    let contracted = left.filter { right.contains($0) && !output.contains($0) }
    let rows = output.filter { left.contains($0) && !right.contains($0) }
    let columns = output.filter { right.contains($0) && !left.contains($0) }
    let a = try Term(first, left, order: batch + rows + contracted, extents, in: plan)
    let b = try Term(try input(inputs, 1), right, order: batch + contracted + columns, extents, in: plan)
    let count = { (letters: [Character]) in letters.reduce(1) { $0 * (extents[$1] ?? 1) } }
    let product = Product(
      a: try plan.reshaped(a.result, to: [count(batch), count(rows), count(contracted)]),
      b: try plan.reshaped(b.result, to: [count(batch), count(contracted), count(columns)]))
    let natural = batch + rows + columns
    let y = try product.lower(into: plan)
    let order = output.compactMap { natural.firstIndex(of: $0) }
    let named = Shape(natural.compactMap { extents[$0] })
    let result = try permuted(try plan.reshaped(y, to: named), order, in: plan)
    return Lowered([result]) { cotangents, plan throws(EngineError) in
      guard let cotangent = cotangents[0] else { return [nil, nil] }
      let dy = try plan.reshaped(try permuted(cotangent, inverse(order), in: plan), to: y.shape)
      let (da, db) = try product.pullback(dy, in: plan)
      return [
        try da.map { value throws(EngineError) in try a.pullback(value, in: plan) },
        try db.map { value throws(EngineError) in try b.pullback(value, in: plan) },
      ]
    }
  }

  /// Two operations per multiply-add.
  func flops(_ inputs: [Shape?], _ outputs: [Shape]) -> Double {
    guard let extents = try? extents(inputs.compactMap(\.self)) else { return 0 }
    return 2 * extents.values.reduce(1) { $0 * Double($1) }
  }

  /// The extent of every letter.
  private func extents(_ shapes: [Shape]) throws(EngineError) -> [Character: Int] {
    guard shapes.count == terms.count, zip(shapes, terms).allSatisfy({ $0.rank == $1.count }) else {
      throw EngineError(
        .malformed, "expected tensors of \(terms.map(\.count)) axes, found shapes \(shapes)", at: .attribute("equation")
      )
    }
    var extents: [Character: Int] = [:]
    for (shape, term) in zip(shapes, terms) {
      for (letter, extent) in zip(term, shape.extents)
      where extents.updateValue(extent, forKey: letter) ?? extent != extent {
        throw EngineError(.malformed, "axis \(letter) has several extents in \(shapes)", at: .attribute("equation"))
      }
    }
    return extents
  }

  /// One tensor: summed over the axes that only it has, its other axes in a given order.
  private struct Term {
    let result: Operand
    private let original: Shape
    private let permutation: [Int]
    private let kept: Shape

    init(
      _ x: Operand, _ letters: [Character], order: [Character], _ extents: [Character: Int], in plan: PlanBuilder
    ) throws(EngineError) {
      original = x.shape
      let summed = letters.filter { !order.contains($0) }
      permutation = (order + summed).compactMap { letters.firstIndex(of: $0) }
      let all = try permuted(x, permutation, in: plan)
      kept = Shape(order.compactMap { extents[$0] })
      result = summed.isEmpty ? all : try Broadcast.reduced(all, to: Self.padded(kept, all.shape.rank), in: plan)
    }

    func pullback(_ dy: Operand, in plan: PlanBuilder) throws(EngineError) -> Operand {
      let full = Shape(permutation.map { original[$0] })
      let aligned = try plan.reshaped(dy, to: Self.padded(kept, full.rank))
      return try permuted(try Broadcast.repeated(aligned, to: full, in: plan), inverse(permutation), in: plan)
    }

    /// The shape with trailing axes of extent 1.
    private static func padded(_ shape: Shape, _ rank: Int) -> Shape {
      Shape(shape.extents + [Int](repeating: 1, count: rank - shape.rank))
    }
  }
}
