import Foundation
import Testing
import VoxTensor
import _VoxCases
import _VoxTestSupport

/// Which convolutions are carried out by loops of our own; that their values are right, the tables of cases show.
@Suite("native convolutions")
struct NativeConvolutionTests {
  static let all = OperatorCase.all.filter { ["Conv", "ConvTranspose"].contains($0.operatorName) }

  /// What becomes of some cases where blocks have 8 channels, which fit theirs better, and where the library has fewer
  /// kernels of its own.
  private static let inBlocksOfEight = [
    "Conv: 5 to 22 channels in rows, unequal pads": ["winograd of long tiles", "winograd of long tiles VJP"],
    "Conv: 20 to 18 channels, stride 2": ["winograd upsampling VJP"],
    "Conv: stride 2, odd extents": ["winograd upsampling VJP"],
    "ConvTranspose: kernel 3, stride 2, output padding": ["winograd upsampling"],
    "Conv: 16 to 24 channels, halved in tiles, unequal pads": ["winograd downsampling", "upsampling in blocks VJP"],
    "Conv: 24 to 16 channels, blocks halved, unequal pads": ["upsampling in blocks VJP"],
    "ConvTranspose: 15 to 24 channels, blocks doubled": ["upsampling in blocks", "winograd downsampling VJP"],
    "ConvTranspose: 16 to 6 channels in rows, cut off": ["upsampling in blocks"],
    "ConvTranspose: 35 to 6 channels in rows, no pads": ["upsampling in blocks"],
  ]

  private func kernels(_ operatorCase: OperatorCase) throws -> Set<String> {
    Set(try CompiledCase(operatorCase).model.kernels().map(\.implementation).filter { $0.hasPrefix("native:") })
  }

  @Test(
    "take cubes of 3 where the processor can",
    .enabled(if: VectorLanes.count != nil, "kernels of this processor use no vectors of AVX2 or AVX-512"),
    arguments: [
      ("Conv: 17 to 17 channels, padded", ["winograd", "winograd VJP"]),
      ("Conv: 8 to 33 channels, odd extents", ["winograd", "winograd VJP"]),
      ("Conv: 35 to 70 channels, no pads", ["winograd", "winograd VJP"]),
      // The derivative reads three channels only.
      ("Conv: 24 to 3 channels, unequal pads", ["few outputs"]),
      ("Conv: 24 to 2 channels, 19 rows", ["few outputs"]),
      ("Conv: 8 to 3 channels, one block", ["few outputs"]),
      ("Conv: 2 to 24 channels, unequal pads, long rows", ["few outputs VJP"]),
      ("Conv: 16 to 16 channels, kernel 3, 144 tiles", ["winograd", "winograd VJP"]),
      ("Conv: 17 to 33 channels in long tiles", ["winograd of long tiles", "winograd of long tiles VJP"]),
      (
        "Conv: 48 to 16 channels in long tiles, unequal pads",
        ["winograd of long tiles", "winograd of long tiles VJP"]
      ),
      ("Conv: 17 to 33 channels in large tiles", ["winograd of long tiles", "winograd of large tiles VJP"]),
      (
        "Conv: 24 to 17 channels in large tiles, unequal pads",
        ["winograd of long tiles", "winograd of large tiles VJP"]
      ),
      ("Conv: 17 to 12 channels in largest tiles", ["winograd of long tiles", "winograd of largest tiles VJP"]),
      (
        "Conv: 33 to 12 channels in largest tiles, unequal pads",
        ["winograd of long tiles", "winograd of largest tiles VJP"]
      ),
      (
        "Conv: 17 to 12 channels dilated by 2, 2 and 1, largest tiles",
        ["winograd of long tiles", "winograd of largest tiles VJP"]
      ),
      ("Conv: 232 to 232 channels, filters beyond caches", ["winograd", "winograd VJP"]),
      ("Conv: dilated by 2", ["winograd", "winograd VJP"]),
      (
        "Conv: 17 to 20 channels dilated by 4, 1 and 3, unequal pads",
        ["winograd of long tiles", "winograd of long tiles VJP"]
      ),
      (
        "Conv: 24 to 17 channels dilated by 2, large tiles",
        ["winograd of long tiles", "winograd of large tiles VJP"]
      ),
      ("Conv: 16 to 17 channels dilated by half the extents", ["winograd", "winograd VJP"]),
      ("Conv: 17 to 17 channels in rows", ["winograd of rows", "winograd of rows VJP"]),
      ("Conv: 5 to 22 channels in rows, unequal pads", ["winograd of rows", "winograd of rows VJP"]),
      ("Conv: 24 to 40 channels, halved in tiles", ["winograd downsampling", "winograd upsampling VJP"]),
      ("Conv: 16 to 24 channels, halved in tiles, unequal pads", ["winograd downsampling"]),
      ("ConvTranspose: 24 to 40 channels, doubled in tiles", ["winograd upsampling", "winograd downsampling VJP"]),
      (
        "ConvTranspose: 16 to 24 channels, doubled in tiles, cut off",
        ["winograd upsampling", "winograd downsampling VJP"]
      ),
      ("Conv: 24 to 16 channels, blocks halved, unequal pads", []),
      ("ConvTranspose: 15 to 24 channels, blocks doubled", ["winograd downsampling VJP"]),
      ("Conv: 1 to 20 channels, rows halved", ["upsampling VJP"]),
      ("Conv: 5 to 35 channels, rows halved, unequal pads", ["upsampling VJP"]),
      ("ConvTranspose: 16 to 3 channels in long rows", ["upsampling", "downsampling VJP"]),
      ("ConvTranspose: 16 to 6 channels in rows, cut off", ["upsampling", "downsampling VJP"]),
      ("ConvTranspose: 20 to 17 channels in rows", ["upsampling", "downsampling VJP"]),
      ("ConvTranspose: 35 to 6 channels in rows, no pads", ["upsampling", "downsampling VJP"]),
      ("ConvTranspose: 80 to 1 channel in rows, unequal pads", ["upsampling", "downsampling VJP"]),
      ("Conv: 48 to 3 channels, kernel 1", ["gathered patches", "scattered patches VJP"]),
      ("Conv: 2 to 40 channels, kernel 1", ["gathered patches", "scattered patches VJP"]),
      ("Conv: 30 to 96 channels in patches", ["gathered patches", "scattered patches VJP"]),
      ("Conv: 3 to 48 channels in unequal patches", ["gathered patches", "scattered patches VJP"]),
      ("Conv: 3 to 16 channels in patches of 16", ["gathered patches", "scattered patches VJP"]),
      ("ConvTranspose: 24 to 2 channels in patches of 16", ["scattered patches", "gathered patches VJP"]),
      ("ConvTranspose: 47 to 30 channels in patches", ["scattered patches", "gathered patches VJP"]),
      ("ConvTranspose: 16 to 3 channels in unequal patches", ["scattered patches", "gathered patches VJP"]),
    ])
  func taken(_ name: String, _ expected: [String]) throws {
    let operatorCase = try #require(Self.all.first { $0.name == name })
    let ofEight = VectorLanes.count == 8 ? Self.inBlocksOfEight[name] : nil
    let found = try kernels(operatorCase)
    #expect(found == Set((ofEight ?? expected).map { "native:\($0)" }))
  }

  @Test(
    "leave all others to the kernel library",
    arguments: all.filter { operatorCase in
      [
        "stride", "dilation", "groups", "depthwise", "unequal kernel", "spatial ax", "kernel 1", "kernel 2",
        "automatic",
      ]
      .contains { operatorCase.name.contains($0) }
    })
  func left(_ operatorCase: OperatorCase) throws {
    let found = try kernels(operatorCase)
    if VectorLanes.count == 8, let ofEight = Self.inBlocksOfEight[operatorCase.name] {
      #expect(found == Set(ofEight.map { "native:\($0)" }))
    } else {
      #expect(!found.contains { $0.contains("winograd") || $0.contains("sampling") })
    }
    if operatorCase.name.contains("dilation") { #expect(try kernels(operatorCase).isEmpty) }
  }
}
