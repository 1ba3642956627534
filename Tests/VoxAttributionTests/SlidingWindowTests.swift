import Testing
import VoxAttribution

/// Positions computed with MONAI 1.6.1: `_get_scan_interval` and `dense_patch_slices` on the padded size.
@Suite struct SlidingWindowTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let extents: SIMD3<Int>
    let roi: SIMD3<Int>
    let overlap: Double
    let starts: [[Int]]
    var before: SIMD3<Int> = .zero
    var testDescription: String { "\(extents) by \(roi), overlap \(overlap)" }
  }

  static let cases = [
    Case(
      extents: [100, 100, 50], roi: [96, 96, 96], overlap: 0.25, starts: [[0, 4], [0, 4], [0]], before: [0, 0, 23]),
    Case(extents: [240, 200, 96], roi: [96, 96, 96], overlap: 0.25, starts: [[0, 72, 144], [0, 72, 104], [0]]),
    Case(
      extents: [97, 73, 64], roi: [32, 24, 64], overlap: 0.5,
      starts: [[0, 16, 32, 48, 64, 65], [0, 12, 24, 36, 48, 49], [0]]),
    Case(extents: [81, 80, 33], roi: [80, 80, 16], overlap: 0.5, starts: [[0, 1], [0], [0, 8, 16, 17]]),
    Case(extents: [10, 7, 5], roi: [4, 4, 4], overlap: 0.25, starts: [[0, 3, 6], [0, 3], [0, 1]]),
    Case(
      extents: [9, 9, 9], roi: [3, 5, 9], overlap: 0.99, starts: [[0, 1, 2, 3, 4, 5, 6], [0, 1, 2, 3, 4], [0]]),
    Case(extents: [168, 169, 167], roi: [96, 96, 96], overlap: 0.25, starts: [[0, 72], [0, 72, 73], [0, 71]]),
    Case(extents: [1, 1, 1], roi: [2, 3, 5], overlap: 0.5, starts: [[0], [0], [0]], before: [0, 1, 2]),
    Case(
      extents: [122, 101, 112], roi: [80, 80, 16], overlap: 0.5,
      starts: [[0, 40, 42], [0, 21], [0, 8, 16, 24, 32, 40, 48, 56, 64, 72, 80, 88, 96]]),
  ]

  @Test(arguments: cases) func positionsAreThoseOfMONAI(_ item: Case) throws {
    let windows = try SlidingWindow(
      extents: item.extents, roi: item.roi, overlap: SIMD3(repeating: item.overlap))
    #expect(windows.starts == item.starts)
    #expect(windows.before == item.before)
    #expect(windows.count == item.starts.map(\.count).reduce(1, *))
  }

  @Test func windowsAdvanceAlongTheAxisOfTheMostWindows() throws {
    let windows = try SlidingWindow(extents: [10, 7, 5], roi: [4, 4, 4], overlap: [0.25, 0.25, 0.25])
    #expect(windows.sweep == 0)
    #expect((0..<4).map { windows[$0] } == [[0, 0, 0], [0, 0, 1], [0, 3, 0], [0, 3, 1]])
    #expect(windows[11] == [6, 3, 1])
    let long = try SlidingWindow(extents: [7, 5, 10], roi: [4, 4, 4], overlap: [0.25, 0.25, 0.25])
    #expect(long.sweep == 2)
    #expect((0..<5).map { long[$0] } == [[0, 0, 0], [0, 1, 0], [3, 0, 0], [3, 1, 0], [0, 0, 3]])
    #expect(Set((0..<long.count).map { long[$0] }).count == long.count)
  }

  @Test(arguments: cases) func everyPositionIsFinishedOnceAndAfterItsLastWindow(_ item: Case) throws {
    let windows = try SlidingWindow(extents: item.extents, roi: item.roi, overlap: SIMD3(repeating: item.overlap))
    var end = 0
    for window in 0..<windows.count {
      #expect(windows[window][windows.sweep] >= end)
      guard let finished = windows.finished(after: window) else { continue }
      #expect(finished.lowerBound == end)
      end = finished.upperBound
    }
    #expect(end == windows.padded[windows.sweep])
  }

  struct Refusal: Sendable, CustomTestStringConvertible {
    let testDescription: String
    var extents: SIMD3<Int> = [8, 8, 8]
    var roi: SIMD3<Int> = [4, 4, 4]
    var overlap: SIMD3<Double> = .zero
  }

  @Test(arguments: [
    Refusal(testDescription: "empty volume", extents: [8, 0, 8]),
    Refusal(testDescription: "empty window", roi: [4, 4, 0]),
    Refusal(testDescription: "overlap of 1", overlap: [0, 1, 0]),
    Refusal(testDescription: "negative overlap", overlap: [-0.1, 0, 0]),
    Refusal(testDescription: "overlap that is not a number", overlap: [0, 0, .nan]),
    Refusal(testDescription: "too many voxels", extents: [1 << 31, 1 << 31, 1 << 31]),
  ])
  func refuses(_ item: Refusal) {
    let error = #expect(throws: AttributionError.self) {
      try SlidingWindow(extents: item.extents, roi: item.roi, overlap: item.overlap)
    }
    #expect(error?.code == .usage)
  }
}
