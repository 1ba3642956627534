/// Small consecutive numbers for label values, in the order in which the values are first seen.
///
/// Neighbouring voxels mostly share a label, so callers work in runs of equal labels and look up once per run.
struct SegmentSlots: Sendable {
  /// Label value of each slot.
  private(set) var labels: [Int32] = []
  private var slots: [Int32: Int] = [:]

  /// The slot of a label, a new one where the label was not seen before.
  ///
  /// - Complexity: O(1) on average.
  mutating func slot(_ label: Int32) -> Int {
    if let slot = slots[label] { return slot }
    let slot = labels.count
    slots[label] = slot
    labels.append(label)
    return slot
  }
}

extension UnsafeBufferPointer<Int32> {
  /// Calls `body` with each label and its run of neighbouring voxels, in storage order.
  ///
  /// - Complexity: O(voxels).
  @inline(__always)
  func forEachRun(_ body: (Int32, Range<Int>) -> Void) {
    var start = 0
    while start < count {
      let label = self[start]
      var end = start + 1
      while end < count, self[end] == label { end += 1 }
      body(label, start..<end)
      start = end
    }
  }
}
