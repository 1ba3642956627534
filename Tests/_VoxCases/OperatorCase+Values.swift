public import VoxTensor
public import _VoxReference
import _VoxTestSupport

extension OperatorCase {
  /// The values of the graph's input.
  public func input() -> [Float] { draw(shape.reduce(1, *), values, stream: "x") }

  /// Random values, the same ones for the same case and stream.
  public func draw(_ count: Int, _ values: Values, stream: String) -> [Float] {
    var generator = SeededGenerator(seed: "\(name)/\(stream)")
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
    case .shaped(let shape, let integers): Literal(Shape(shape), integers: integers.map(Int64.init))
    case .floats(let floats): Literal([floats.count], floats: floats)
    case .scalar(let float): Literal([], floats: [float])
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
      case .literal, .integers, .shaped, .floats, .scalar, .absent:
        literal(position).map { NDArray($0.shape.extents, $0.doubles) }
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

extension SeededGenerator {
  /// A number from -1 to 1.
  mutating func uniform() -> Float { Float.random(in: -1...1, using: &self) }
}
