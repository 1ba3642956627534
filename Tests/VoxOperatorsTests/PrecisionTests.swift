import Testing
import VoxTensor
import _VoxCases
import _VoxReference

/// Convolutions and products that multiply bfloat16 numbers.
@Suite("bfloat16", .enabled(if: Precision.bf16.isAvailable, "this processor has no bfloat16"))
struct PrecisionTests {
  static let cases = OperatorCase.all.filter { ["Conv", "ConvTranspose", "Gemm", "MatMul"].contains($0.operatorName) }

  /// Eight significant bits: each factor is off by at most 2^-9 of itself, and the sums' errors mostly cancel.
  private static let tolerance = 1.0 / 64

  @Test("values and gradients are near those of 32-bit floats", arguments: cases)
  func nearFloats(_ operatorCase: OperatorCase) throws {
    let (exact, short) = (try CompiledCase(operatorCase), try CompiledCase(operatorCase, precision: .bf16))
    let (expected, found) = (try exact.output(keepingTape: true), try short.output(keepingTape: true))
    #expect(relativeError(found, expected.map(Double.init)) <= Self.tolerance)
    let cotangent = operatorCase.draw(exact.model.outputShape.count, .uniform, stream: "cotangent")
    let (gradient, nearly) = (try exact.gradient(cotangent), try short.gradient(cotangent))
    #expect(relativeError(nearly, gradient.map(Double.init)) <= Self.tolerance)
  }

  @Test("some kernels do multiply bfloat16 numbers")
  func kernels() throws {
    let implementations = try Self.cases.flatMap { operatorCase in
      try CompiledCase(operatorCase, precision: .bf16).model.kernels().map(\.implementation)
    }
    #expect(implementations.contains { $0.contains("bf16") })
  }
}
