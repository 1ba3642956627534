import Testing
import VoxTensor
import _VoxCases
import _VoxReference

/// A case compiled and run, beside its reference.
struct CompiledCase {
  let model: CompiledModel
  let reference: NDArray
  let input: Tensor

  init(_ operatorCase: OperatorCase, threads: Int = 2, precision: Precision = .f32) throws {
    let values = operatorCase.input()
    input = Tensor(Shape(operatorCase.shape), values)
    model = try CompiledModel(try operatorCase.graph(), inputShape: input.shape, threads: threads, precision: precision)
    reference = try #require(
      operatorCase.reference(values.map(Double.init)), "\(operatorCase.operatorName) has no reference")
  }

  /// The output of a forward pass.
  func output(keepingTape: Bool = false) throws -> [Float] {
    let output = Tensor(model.outputShape)
    try model.forward(input, into: output, keepingTape: keepingTape)
    return Array(output.elements)
  }

  /// The VJP of a cotangent at the input of the last forward pass that kept its tape.
  func gradient(_ cotangent: [Float]) throws -> [Float] { try gradients([cotangent])[0] }

  /// The VJPs of cotangents that go back together.
  func gradients(_ cotangents: [[Float]]) throws -> [[Float]] {
    let gradients = cotangents.map { _ in
      Tensor(model.inputShape, [Float](repeating: .nan, count: model.inputShape.count))
    }
    try model.vjp(cotangents.map { Tensor(model.outputShape, $0) }, into: gradients)
    return gradients.map { Array($0.elements) }
  }
}

/// The largest difference of two lists, relative to the largest size in the second; NaN where either holds one.
func relativeError(_ found: [Float], _ expected: [Double]) -> Double {
  var (error, size) = (0.0, Double.leastNormalMagnitude)
  for (a, b) in zip(found, expected) {
    let difference = abs(Double(a) - b)
    if difference.isNaN { return .nan }
    (error, size) = (max(error, difference), max(size, abs(b)))
  }
  return found.count == expected.count ? error / size : .nan
}
