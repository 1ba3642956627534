import Foundation
import Testing
import VoxGrid

@Suite("Label table")
struct LabelTableTests {
  private let table = LabelTable([
    Label(value: 5, name: "Liver", color: [1, 2, 3]), Label(value: 1, name: "spleen"), Label(value: 5, name: "other"),
  ])

  @Test("entries rise by value and the first of two with one value is kept")
  func order() { #expect(table.labels.map(\.name) == ["spleen", "Liver"]) }

  @Test(
    "labels are found by name, whatever the case, and by number",
    arguments: [("liver", 5), ("SPLEEN", 1), ("7", 7), ("kidney", nil)] as [(String, Int?)])
  func lookup(name: String, value: Int?) { #expect(table.value(name) == value) }

  @Test("a table survives JSON, and colours may be missing")
  func json() throws {
    let data = try JSONEncoder().encode(table)
    #expect(try JSONDecoder().decode(LabelTable.self, from: data) == table)
    let bare = try JSONDecoder().decode(LabelTable.self, from: Data(#"[{"value": 3, "name": "x"}]"#.utf8))
    #expect(bare[3]?.color == Label.defaultColor(3))
  }

  @Test("volumes give labels only where every value is an integer")
  func labels() {
    let grid = Grid(dimensions: [2, 1, 1], affine: .identity)
    #expect(AnyVolume.float32(Volume(grid: grid, voxels: [1, 3])).labels?.voxels == [1, 3])
    #expect(AnyVolume.float32(Volume(grid: grid, voxels: [1, 2.5])).labels == nil)
    #expect(AnyVolume.float64(Volume(grid: grid, voxels: [1, .nan])).labels == nil)
    #expect(AnyVolume.uint32(Volume(grid: grid, voxels: [1, .max])).labels == nil)
  }
}
