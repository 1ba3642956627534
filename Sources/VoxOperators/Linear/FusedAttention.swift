import VoxTensor

/// Attention as exporters write it: products of queries and keys, scaled, with tables added (a bias of relative positions,
/// a mask of shifted windows), softmax, products with values.
///
/// - Inputs: those of the nodes it is made of, without what they hand on: `q` [..., N, D]; `k` [..., D, M]; literals; `v`
///   [..., M, E].
/// - Outputs: `y` [..., N, E].
/// - VJP: with `p` the shares and `dp = dy v'`: `ds = p * (dp - sum(p * dp))`, `dq = ds k'`, `dk = q' ds`, `dv = p' dy`. The
///   tape keeps `q`, `k` and `v`, where the single nodes keep the shares of all pairs of queries and keys.
/// - Source: arXiv:1706.03762, section 3.2.1; arXiv:2205.14135 for scores that are computed again.
struct FusedAttention: Operator {
  static let name = "FusedAttention"
  static let since = 1
  static let arity = 3...64

  private let line: NodeLine

  init(_ attributes: inout Attributes) throws(EngineError) {
    throw EngineError(.internal, "\(Self.name) is no operator of a file")
  }

  private init(_ line: NodeLine) { self.line = line }

  /// The attention that begins with a product, and how many nodes after it belong to it; `nil` where it is none.
  static func beginning(
    with first: MatMul, _ line: [Follower], _ inputs: [Fact?]
  ) throws(EngineError) -> Merger? {
    guard inputs.allSatisfy({ $0?.shape.rank ?? 0 > 1 }) else { return nil }
    var isSoftened = false
    for (index, next) in line.enumerated() {
      let others = next.inputs.indices.filter { $0 != next.position }
      let readsLiterals = others.allSatisfy { next.inputs[$0]?.literal != nil }
      switch next.operator {
      case is Mul where !isSoftened && next.partner?.shape.count == 1,
        is Div where !isSoftened && next.partner?.shape.count == 1 && next.position == 0,
        is Add where !isSoftened && next.partner != nil,
        is Reshape where !isSoftened && readsLiterals && next.position == 0, is Cast, is Identity:
        continue
      case let softmax as Softmax where !isSoftened:
        guard softmax.isOverLastAxis(of: try fact(next.inputs, 0).shape) else { return nil }
        isSoftened = true
      case is MatMul where isSoftened && next.position == 0 && !readsLiterals && next.inputs[1]?.shape.rank ?? 0 > 1:
        return Merger(FusedAttention(NodeLine(first, inputs: 2, line[...index])), nodes: index + 1)
      default: return nil
      }
    }
    return nil
  }

  func outputShapes(_ inputs: [Fact?]) throws(EngineError) -> [Shape] {
    try line.outputShapes(inputs)
  }

  func lower(_ inputs: [Operand?], into plan: PlanBuilder) throws(EngineError) -> Lowered {
    guard let attention = try Attention(self, inputs), attention.problem.isNative else {
      return try line.lower(inputs, into: plan)
    }
    let problem = attention.problem
    let q = try plan.reshaped(attention.q, to: [problem.heads, problem.queries, problem.depth])
    let k = try plan.reshaped(attention.k, to: [problem.heads, problem.depth, problem.keys])
    let v = try plan.reshaped(attention.v, to: [problem.heads, problem.keys, problem.width])
    var reading: [(Kernel.Slot, Operand)] = [(.source, q), (.secondSource, k), (.weights, v)]
    for (index, tables) in attention.tables.enumerated() { reading.append((.part(index), try plan.constant(tables))) }
    let y = try plan.run(try Kernel(attention: problem), reading: reading, writing: .destination)
    let count = inputs.count
    return Lowered([try plan.reshaped(y, to: attention.result)]) { cotangents, plan throws(EngineError) in
      var results = [Operand?](repeating: nil, count: count)
      guard let cotangent = cotangents[0] else { return results }
      let dy = try plan.reshaped(cotangent, to: y.shape)
      let parts = try plan.run(
        try Kernel(vjpOfAttention: problem), reading: reading + [(.destinationCotangent, dy)],
        writing: [.sourceCotangent, .secondSourceCotangent, .weightsCotangent])
      results[0] = try plan.reshaped(parts[0], to: attention.q.shape)
      results[1] = try plan.reshaped(parts[1], to: attention.k.shape)
      results[count - 1] = try plan.reshaped(parts[2], to: attention.v.shape)
      return results
    }
  }

  /// Two operations per multiply-add of both products, and five per score.
  func flops(_ inputs: [Shape?], _ outputs: [Shape]) -> Double {
    guard let q = inputs.first ?? nil, let v = inputs.last ?? nil, let y = outputs.first else { return 0 }
    let keys = Double(v[v.rank - 2])
    return Double(q.count) * keys * 2 + Double(y.count) * keys * 2 + 5 * Double(q.count / q[q.rank - 1]) * keys
  }
}

extension FusedAttention {
  /// What the nodes compute, as one problem.
  private struct Attention {
    var problem: AttentionProblem
    let q, k, v: Operand
    let result: Shape
    /// The tables of each addend, every one once.
    var tables: [Literal] = []

    /// Understands the nodes; `nil` where shapes repeat matrices, scores are reshaped for good, or tables have other rows.
    init?(_ fused: FusedAttention, _ inputs: [Operand?]) throws(EngineError) {
      let (q, k, v) = (try input(inputs, 0), try input(inputs, 1), try input(inputs, inputs.count - 1))
      let rank = q.shape.rank
      guard rank >= 2, k.shape.rank == rank, v.shape.rank == rank, q.isVariable, k.isVariable, v.isVariable else {
        return nil
      }
      let batch = q.shape.extents.dropLast(2)
      guard k.shape.extents.dropLast(2) == batch, v.shape.extents.dropLast(2) == batch else { return nil }
      (self.q, self.k, self.v) = (q, k, v)
      var problem = AttentionProblem(
        heads: batch.reduce(1, *), queries: q.shape[rank - 2], keys: k.shape[rank - 1], depth: q.shape[rank - 1],
        width: v.shape[rank - 1])
      result = Shape(batch + [problem.queries, problem.width])
      let scores = Shape(batch + [problem.queries, problem.keys])
      var (view, tables, isUnderstood) = (scores, [Literal](), true)
      try fused.line.forEachLink { link, others throws(EngineError) in
        let partner = others.isEmpty ? nil : inputs[others.lowerBound]
        if !(link.node is MatMul) {
          let facts = inputs[others].map { $0.map { Fact(shape: $0.shape, literal: $0.literal) } }
          let shape = try link.node.outputShapes(fused.line.joined(Fact(shape: view), facts[...], link.position))[0]
          // What is added or multiplied by may repeat the scores.
          if !(link.node is Reshape), shape != view { isUnderstood = false }
          view = shape
        }
        switch link.node {
        case is Mul, is Div:
          let factor = partner?.literal?.floats.first ?? 1
          problem.scale *= link.node is Mul ? factor : 1 / factor
          // The kernel scales before it adds.
          if !tables.isEmpty { isUnderstood = false }
        case is Add:
          guard let literal = partner?.literal, let addend = Self.addend(literal.shape, in: view, problem) else {
            isUnderstood = false
            return
          }
          let distinct = Self.distinctTables(of: literal, problem)
          if distinct.tables.shape.count == 0 { return }
          problem.addends.append(
            AttentionProblem.Addend(count: distinct.tables.shape[0], tables: addend.map { distinct.places[$0] }))
          tables.append(distinct.tables)
        case is Softmax: if view != scores { isUnderstood = false }
        default: break
        }
      }
      guard isUnderstood else { return nil }
      (self.problem, self.tables) = (problem, tables)
    }

    /// Which table every head has of a literal that is added to scores seen as `view`; `nil` where it is none of tables.
    private static func addend(_ literal: Shape, in view: Shape, _ problem: AttentionProblem) -> [Int]? {
      let matrix = [problem.queries, problem.keys]
      guard view.rank >= 2, literal.rank >= 2, literal.rank <= view.rank, Array(view.extents.suffix(2)) == matrix,
        Array(literal.extents.suffix(2)) == matrix
      else { return nil }
      let (whole, own) = (view.extents.dropLast(2), Broadcast.padded(literal, rank: view.rank).extents.dropLast(2))
      guard zip(whole, own).allSatisfy({ $1 == 1 || $1 == $0 }) else { return nil }
      return (0..<problem.heads).map { head in
        var (rest, table, stride) = (head, 0, 1)
        for (extent, count) in zip(whole, own).reversed() {
          let (slower, index) = rest.quotientAndRemainder(dividingBy: extent)
          if count > 1 { table += index * stride }
          (rest, stride) = (slower, stride * count)
        }
        return table
      }
    }

    /// The tables [T, N, M] of a literal without repetitions, and for each of its tables the place among them, `nil` where
    /// it is zero: of the masks of shifted windows most are, and many others are the same.
    private static func distinctTables(
      of literal: Literal, _ problem: AttentionProblem
    ) -> (tables: Literal, places: [Int?]) {
      let (size, values) = (problem.queries * problem.keys, literal.floats)
      var (starts, places, known): ([Int], [Int?], [Int: [Int]]) = ([], [], [:])
      values.withUnsafeBufferPointer { values in
        for start in stride(from: 0, to: values.count, by: size) {
          let table = values[start..<start + size]
          if table.allSatisfy({ $0 == 0 }) {
            places.append(nil)
            continue
          }
          var hasher = Hasher()
          hasher.combine(bytes: UnsafeRawBufferPointer(UnsafeBufferPointer(rebasing: table)))
          let hash = hasher.finalize()
          let same = known[hash]?.first { place in
            values[starts[place]..<starts[place] + size].elementsEqual(table) { $0.bitPattern == $1.bitPattern }
          }
          places.append(same ?? starts.count)
          if same == nil {
            known[hash, default: []].append(starts.count)
            starts.append(start)
          }
        }
      }
      let tables = Literal(
        [starts.count, problem.queries, problem.keys], floats: starts.flatMap { values[$0..<$0 + size] })
      return (tables, places)
    }
  }
}
