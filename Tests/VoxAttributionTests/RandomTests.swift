import Testing
import VoxAttribution

@Suite struct RandomTests {
  struct KnownAnswer: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let counter: SIMD4<UInt32>
    let key: SIMD2<UInt32>
    let words: SIMD4<UInt32>
  }

  /// `philox4x32 10` of Random123's `kat_vectors`.
  @Test(arguments: [
    KnownAnswer(
      testDescription: "zeros", counter: .zero, key: .zero,
      words: [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8]),
    KnownAnswer(
      testDescription: "ones", counter: .init(repeating: .max), key: .init(repeating: .max),
      words: [0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd]),
    KnownAnswer(
      testDescription: "digits of pi", counter: [0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344],
      key: [0xa409_3822, 0x299f_31d0], words: [0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1]),
  ])
  func philoxGivesKnownAnswers(_ item: KnownAnswer) {
    #expect(Philox(key: item.key)(item.counter) == item.words)
  }

  @Test func noiseIsStandardNormal() {
    let noise = VoxelNoise(seed: 5)
    var (sum, squares, fourths, products, count) = (0.0, 0.0, 0.0, 0.0, 0.0)
    for i in 0..<50 {
      for j in 0..<50 {
        for group in 0..<25 {
          let four = noise.normals(i: i, j: j, group: group, sample: 3)
          for lane in 0..<4 {
            let value = Double(four[lane])
            sum += value
            squares += value * value
            fourths += value * value * value * value
            products += value * Double(four[(lane + 1) % 4])
            count += 1
          }
        }
      }
    }
    // Five standard errors of each moment for 250 000 independent values.
    #expect(abs(sum / count) < 0.01)
    #expect(abs(squares / count - 1) < 0.0142)
    #expect(abs(fourths / count - 3) < 0.098)
    #expect(abs(products / count) < 0.01)
  }

  @Test func noiseDiffersBetweenSeedsSamplesAndVoxels() {
    let reference = VoxelNoise(seed: 1).normals(i: 1, j: 2, group: 3, sample: 4)
    #expect(VoxelNoise(seed: 1).normals(i: 1, j: 2, group: 3, sample: 4) == reference)
    #expect(VoxelNoise(seed: 2).normals(i: 1, j: 2, group: 3, sample: 4) != reference)
    #expect(VoxelNoise(seed: 1 << 32 | 1).normals(i: 1, j: 2, group: 3, sample: 4) != reference)
    #expect(VoxelNoise(seed: 1).normals(i: 1, j: 2, group: 3, sample: 5) != reference)
    #expect(VoxelNoise(seed: 1).normals(i: 2, j: 1, group: 3, sample: 4) != reference)
    #expect(VoxelNoise(seed: 1).normals(i: 1, j: 2, group: 3, image: 1, sample: 4) != reference)
    #expect(VoxelNoise(seed: 1).normals(i: 1, j: 3, group: 2, sample: 4) != reference)
  }
}
