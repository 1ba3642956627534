/// A sparse linear map along one axis: each output is a weighted sum of few inputs.
///
/// Resizing, padding by reflection, gathering and scattering are such maps, and the transposed map is the VJP of each.
public struct AxisMap: Sendable {
  /// An input of one output and its weight.
  public struct Tap: Sendable {
    public let index: Int
    public let weight: Float

    /// Makes a tap.
    public init(_ index: Int, _ weight: Float = 1) { (self.index, self.weight) = (index, weight) }
  }

  /// Extent of the axis before and after.
  public let inputs, outputs: Int
  /// Where the taps of each output start; one more at the end.
  let starts: [Int32]
  let indices: [Int32]
  let weights: [Float]

  /// A map given by the taps of each output.
  ///
  /// - Throws: `unsupported` where there are more elements or taps than a constant may have.
  public init(inputs: Int, outputs: Int, taps: (_ output: Int) -> [Tap]) throws(EngineError) {
    var (starts, indices, weights): ([Int32], [Int32], [Float]) = ([0], [], [])
    guard max(inputs, outputs) <= Literal.largestConstant else { throw Self.tooLarge(inputs, outputs) }
    starts.reserveCapacity(outputs + 1)
    for output in 0..<outputs {
      for tap in taps(output) {
        guard (0..<inputs).contains(tap.index) else {
          throw EngineError(.internal, "an axis of \(inputs) elements has none at \(tap.index)")
        }
        indices.append(Int32(tap.index))
        weights.append(tap.weight)
      }
      guard indices.count <= 2 * Literal.largestConstant else { throw Self.tooLarge(inputs, outputs) }
      starts.append(Int32(indices.count))
    }
    (self.inputs, self.outputs) = (inputs, outputs)
    (self.starts, self.indices, self.weights) = (starts, indices, weights)
  }

  /// The map in which each output is one input, or 0 where it is `nil`.
  public init(inputs: Int, selecting sources: [Int?]) throws(EngineError) {
    try self.init(inputs: inputs, outputs: sources.count) { sources[$0].map { [Tap($0)] } ?? [] }
  }

  /// The transposed map.
  public var transposed: AxisMap {
    var starts = [Int32](repeating: 0, count: inputs + 1)
    for index in indices { starts[Int(index) + 1] += 1 }
    for input in 0..<inputs { starts[input + 1] += starts[input] }
    var next = starts
    var rows = [Int32](repeating: 0, count: indices.count)
    var factors = [Float](repeating: 0, count: indices.count)
    for output in 0..<outputs {
      for tap in Int(self.starts[output])..<Int(self.starts[output + 1]) {
        let place = Int(next[Int(indices[tap])])
        next[Int(indices[tap])] += 1
        (rows[place], factors[place]) = (Int32(output), weights[tap])
      }
    }
    return AxisMap(inputs: outputs, outputs: inputs, starts: starts, indices: rows, weights: factors)
  }

  private init(inputs: Int, outputs: Int, starts: [Int32], indices: [Int32], weights: [Float]) {
    (self.inputs, self.outputs) = (inputs, outputs)
    (self.starts, self.indices, self.weights) = (starts, indices, weights)
  }

  private static func tooLarge(_ inputs: Int, _ outputs: Int) -> EngineError {
    EngineError(
      .unsupported,
      "expected at most \(Literal.largestConstant) elements along an axis, found \(inputs) and \(outputs)")
  }
}
