import Testing
import VoxGrid
import VoxRender

@Suite struct PlaneViewTests {
  /// A 5x6x7 volume, 1x2x3 mm, with one bright voxel one step inside the corner towards R, A and S.
  private static func volume(_ code: String) throws -> (Volume<Float>, SIMD3<Int>) {
    let grid = Grid(dimensions: [5, 6, 7], affine: Affine(spacing: [1, 2, 3]))
    var ras = Volume<Float>(grid: grid, repeating: 0)
    ras[3, 4, 5] = 1
    let turned = ras.reoriented(to: try #require(Orientation(code)))
    let offset = try #require(turned.voxels.firstIndex(of: 1))
    return (turned, turned.grid.index(offset))
  }

  struct Expectation: Sendable {
    let plane: Plane
    let size: SIMD2<Int>
    let spacing: SIMD2<Double>
    let pixel: SIMD2<Int>
    let edges: String
  }

  static let expectations = [
    Expectation(plane: .axial, size: [5, 6], spacing: [1, 2], pixel: [1, 1], edges: "RLAP"),
    Expectation(plane: .coronal, size: [5, 7], spacing: [1, 3], pixel: [1, 1], edges: "RLSI"),
    Expectation(plane: .sagittal, size: [6, 7], spacing: [2, 3], pixel: [1, 1], edges: "APSI"),
  ]

  @Test(
    "right, anterior and superior appear where a radiologist expects them",
    arguments: Orientation.all.map(\.description))
  func orientation(_ code: String) throws {
    let (volume, voxel) = try Self.volume(code)
    for expected in Self.expectations {
      let view = PlaneView(volume.grid, plane: expected.plane)
      #expect(SIMD2(view.width, view.height) == expected.size, "\(expected.plane)")
      #expect(view.spacing == expected.spacing, "\(expected.plane)")
      let place = view.position(of: voxel)
      let slice = view.slice(volume, at: place.slice) { $0 }
      #expect(SIMD2(place.column, place.row) == expected.pixel, "\(expected.plane)")
      #expect(slice[expected.pixel.x, expected.pixel.y] == 1, "\(expected.plane)")
      #expect(slice.pixels.reduce(0, +) == 1, "\(expected.plane)")
      #expect(String([view.edges.left, view.edges.right, view.edges.top, view.edges.bottom]) == expected.edges)
    }
  }

  @Test("every voxel of a slice is shown at its position")
  func positions() {
    let grid = Grid(dimensions: [3, 4, 5], affine: Affine(spacing: [1, 1, 1]))
    let volume = Volume<Float>(grid: grid, voxels: (0..<60).map(Float.init))
    for plane in Plane.allCases {
      let view = PlaneView(grid, plane: plane)
      for offset in 0..<grid.count {
        let place = view.position(of: grid.index(offset))
        #expect(view.slice(volume, at: place.slice) { $0 }[place.column, place.row] == Float(offset))
      }
    }
  }
}
