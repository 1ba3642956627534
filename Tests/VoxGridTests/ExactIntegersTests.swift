import Testing
import VoxGrid

@Suite("Numbers that are integers of a type")
struct ExactIntegersTests {
  private static func volume<Value: Sendable>(_ value: Value, filler: Value) -> Volume<Value> {
    // Beyond the first block of voxels looked at.
    let grid = Grid(dimensions: [100, 60, 1], affine: .identity)
    var volume = Volume(grid: grid, repeating: filler)
    volume[99, 59, 0] = value
    return volume
  }

  @Test(
    "of floats",
    arguments: [
      0, -0.0, 1, 1.5, 127, 128, 255, 256, -1, -128, -129, 32767, 32768, -32768, -32769, 16_777_216, 2_147_483_520,
      2_147_483_648, -2_147_483_648, 4_294_967_296, 6_755_399_441_055_744, 1e30, -1e30, .infinity, -.infinity, .nan,
      .leastNonzeroMagnitude, 0.9999999,
    ] as [Float])
  func floats(value: Float) {
    func agrees<Integer: FixedWidthInteger & Sendable>(_: Integer.Type) -> Bool {
      let exact: Volume<Integer>? = Self.volume(value, filler: 3).exactly()
      return exact?[99, 59, 0] == Integer(exactly: value) && (exact?[0, 0, 0] ?? 3) == 3
    }
    #expect(agrees(UInt8.self))
    #expect(agrees(Int8.self))
    #expect(agrees(Int16.self))
    #expect(agrees(UInt16.self))
    #expect(agrees(Int32.self))
  }

  @Test("a negative number is none without a sign")
  func unsigned() {
    let exact: Volume<UInt32>? = Self.volume(Float(-1), filler: 3).exactly()
    #expect(exact?.voxels == nil)
  }

  @Test("of integers", arguments: [0, 1, -1, 127, 128, 255, 256, 32767, 32768, 65535, 65536, .max, .min] as [Int32])
  func integers(value: Int32) {
    func agrees<Integer: FixedWidthInteger & Sendable>(_: Integer.Type) -> Bool {
      let exact: Volume<Integer>? = Self.volume(value, filler: 3).exactly()
      return exact?[99, 59, 0] == Integer(exactly: value)
    }
    #expect(agrees(UInt8.self))
    #expect(agrees(Int16.self))
    #expect(agrees(UInt16.self))
    #expect(agrees(UInt32.self))
  }
}
