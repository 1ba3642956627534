public import VoxReference
public import VoxTensor

extension OperatorCase {
  /// The values of the graph's input.
  public func input() -> [Float] { draw(shape.reduce(1, *), values, stream: "x") }

  /// Random values, the same ones for the same case and stream.
  public func draw(_ count: Int, _ values: Values, stream: String) -> [Float] {
    var generator = SplitMix64(seed: "\(name)/\(stream)")
    return switch values {
    case .uniform: (0..<count).map { _ in generator.uniform() }
    case .awayFromZero:
      (0..<count).map { _ in
        let value = generator.uniform()
        return value < 0 ? value * 0.9 - 0.1 : value * 0.9 + 0.1
      }
    case .positive: (0..<count).map { _ in 1 + generator.uniform() / 2 }
    case .distinct: (0..<count).map { Float($0 - count / 2) / 100 + 0.005 }.shuffled(using: &generator)
    }
  }

  /// What the node reads at a position besides what comes from the graph's input; `nil` for that and for one left out.
  public func literal(_ position: Int) -> Literal? {
    switch inputs[position] {
    case .x, .squaredX, .absent: nil
    case .literal(let shape, let values):
      Literal(Shape(shape), floats: draw(shape.reduce(1, *), values, stream: "literal \(position)"))
    case .integers(let integers): Literal([integers.count], integers: integers.map(Int64.init))
    }
  }

  /// The output that the reference computes for values of the graph's input.
  ///
  /// - Returns: `nil` where the operator has no reference.
  public func reference(_ x: [Double]) -> NDArray? {
    let arrays = inputs.indices.map { position -> NDArray? in
      switch inputs[position] {
      case .x: NDArray(shape, x)
      case .squaredX: NDArray(shape, x.map { $0 * $0 })
      case .literal, .integers, .absent: literal(position).map { NDArray($0.shape.extents, $0.doubles) }
      }
    }
    return Reference.evaluate(operatorName, attributes, opset: opset, arrays)
  }
}

extension Literal {
  fileprivate var doubles: [Double] {
    switch values {
    case .floats(let values): values.map(Double.init)
    case .integers(let values): values.map(Double.init)
    }
  }
}

/// The SplitMix64 sequence, started from a text.
///
/// - Source: Steele, Lea and Flood, Fast splittable pseudorandom number generators, OOPSLA 2014.
struct SplitMix64: RandomNumberGenerator {
  private var state: UInt64

  init(seed: String) { state = seed.utf8.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 } }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  /// A number from -1 to 1.
  mutating func uniform() -> Float { Float.random(in: -1...1, using: &self) }
}
