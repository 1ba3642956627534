import Foundation
import Testing
import VoxTensor
import _VoxCases

/// Which convolutions are carried out by minimal filtering; that their values are right, the tables of cases show.
@Suite("Winograd")
struct WinogradTests {
  static let all = OperatorCase.all.filter { $0.operatorName == "Conv" }

  private static let hasWideVectors =
    (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8))?.contains(" avx512f ") ?? false

  private func kernels(_ operatorCase: OperatorCase) throws -> (forward: Bool, reverse: Bool) {
    let kernels = try CompiledCase(operatorCase).model.kernels()
    let names = kernels.map(\.implementation)
    return (names.contains("native:winograd"), names.contains("native:winograd VJP"))
  }

  @Test(
    "takes dense cubes of 3 with stride 1 where the processor can",
    .enabled(if: hasWideVectors, "this processor has no AVX-512"),
    arguments: [
      "17 to 17 channels, padded", "8 to 33 channels, odd extents", "35 to 70 channels, no pads",
      "24 to 3 channels, unequal pads", "16 to 16 channels, kernel 3, 1152 tiles",
    ])
  func taken(_ name: String) throws {
    let operatorCase = try #require(Self.all.first { $0.name == "Conv: \(name)" })
    let found = try kernels(operatorCase)
    #expect(found.forward)
    // The derivative of the one with three outputs reads three channels only.
    #expect(found.reverse == !name.contains("to 3 "))
  }

  @Test(
    "leaves all others to the kernel library",
    arguments: all.filter { operatorCase in
      ["stride", "dilation", "groups", "depthwise", "unequal kernel", "spatial ax", "kernel 1", "automatic"]
        .contains { operatorCase.name.contains($0) }
    })
  func left(_ operatorCase: OperatorCase) throws {
    let found = try kernels(operatorCase)
    #expect(!found.forward && !found.reverse)
  }
}
