import Testing
import VoxCommand
import VoxFormats
import VoxGrid

@Suite("Grid of a model")
struct ModelGridTests {
  private func card(_ spacing: SIMD3<Double>?, _ orientation: Orientation = .ras) -> ModelCard {
    var card = ModelCard(name: "net")
    (card.spacing, card.orientation) = (spacing, orientation)
    return card
  }

  /// An oblique grid of 40x30x20 voxels.
  private func grid(_ spacing: SIMD3<Double>) -> Grid {
    let (x, y, z) = (SIMD3(-0.96, 0.28, 0.0), SIMD3(-0.28, -0.96, 0.0), SIMD3(0.0, 0.0, 1.0))
    return Grid(
      dimensions: [40, 30, 20],
      affine: Affine(x: x * spacing.x, y: y * spacing.y, z: z * spacing.z, t: [17.3, -211.7, 35.1]))
  }

  @Test(
    "a scan moved to the grid is on it, after it was written and read too",
    arguments: [0.05, 0.05008, 0.7, 0.70005, 0.9766, 1, 2.998, 3, 3.002, 3.004, 5], [0.05, 0.7, 1.5, 3])
  func stays(from: Double, to: Double) throws {
    for orientation in [Orientation.ras, .lps] {
      let card = card([to, to, 2 * to], orientation)
      let moved = try card.grid(for: grid([from, from, from]))
      #expect(try card.grid(for: moved) == moved)
      let stored = try NIfTIHeader(from: ByteSource(NIfTIHeader(grid: moved, type: .int16).encoded)).grid
      #expect(try card.grid(for: stored) == stored)
    }
  }

  @Test("a spacing that differs by less than a thousandth is kept", arguments: [0.05004, 0.0499601, 0.05])
  func close(spacing: Double) throws {
    let scan = grid([spacing, spacing, spacing])
    #expect(try card([0.05, 0.05, 0.05]).grid(for: scan) == scan.reoriented(to: .ras))
  }

  @Test("any spacing is kept where the card has none")
  func any() throws {
    let scan = grid([1, 2, 3])
    #expect(try card(nil, .lps).grid(for: scan) == scan.reoriented(to: .lps))
  }

  @Test("a grid of more than 65536 voxels along an axis is refused")
  func tooMany() {
    let error = #expect(throws: CommandError.self) { try card([0.0001, 1, 1]).grid(for: grid([1, 1, 1])) }
    #expect(error?.exitStatus == .malformed)
  }
}
