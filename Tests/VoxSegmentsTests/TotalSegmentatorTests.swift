import Foundation
import Testing
import VoxFormats
import VoxGrid
import VoxSegments
import _VoxTestSupport

private let folder = "ct/totalsegmentator"

/// 117 organ masks of a real CT with the volume and mean HU that TotalSegmentator states for each.
@Suite(
  "TotalSegmentator's own statistics",
  .enabled(if: SharedData.has("\(folder)/example_seg_fast"), "needs ../shared/data/\(folder)"))
struct TotalSegmentatorTests {
  struct Stated: Decodable {
    let volume: Double
    let intensity: Double
  }

  private static func volume(_ path: String) throws -> AnyVolume {
    try NIfTIFormat.read(ByteSource(path: SharedData.path("\(folder)/\(path)"))).volume
  }

  @Test("volume and mean of every organ are the stated ones")
  func organs() throws {
    let json = try Data(contentsOf: SharedData.url("\(folder)/example_seg_fast/statistics.json"))
    let stated = try JSONDecoder().decode([String: Stated].self, from: json)
    let image = try Self.volume("example_ct_sm.nii.gz").float
    var labels = LabelMap(grid: image.grid, repeating: 0)
    let table = LabelTable(stated.keys.sorted().enumerated().map { Label(value: $0.offset + 1, name: $0.element) })
    for label in table.labels {
      let mask = try #require(try Self.volume("example_seg_fast/\(label.name).nii.gz").labels)
      #expect(mask.grid.isClose(to: image.grid))
      for (voxel, value) in mask.voxels.enumerated() where value != 0 { labels.voxels[voxel] = Int32(label.value) }
    }
    let statistics = try SegmentStatistics(image: image, labels: labels, table: table, threads: 2)
    #expect(statistics.rows.count == 117)
    for label in table.labels {
      let expected = try #require(stated[label.name])
      #expect(statistics[label.value, "volume_mm3"] == expected.volume, "\(label.name)")
      // TotalSegmentator states a mean of 0 for an organ without voxels; here it is undefined.
      let mean = try #require(statistics[label.value, "mean"])
      #expect(expected.volume == 0 ? mean.isNaN : abs(mean - expected.intensity) < 1e-5, "\(label.name): \(mean)")
    }
  }
}
