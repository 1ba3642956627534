/// Gathers bits to bytes, the first bit lowest; frames follow one another without padding.
///
/// - Source: DICOM PS3.5 8.1.1, annex D (one bit per pixel).
struct BitPacker {
  private var bytes: [UInt8] = []
  private var current: UInt8 = 0
  private var count: UInt8 = 0

  /// Appends a bit for each value: whether it is `label`.
  mutating func append(_ values: ArraySlice<Int32>, equalTo label: Int32) {
    bytes.reserveCapacity(values.count / 8 + 1)
    for value in values {
      if value == label { current |= 1 << count }
      count += 1
      if count == 8 {
        bytes.append(current)
        (current, count) = (0, 0)
      }
    }
  }

  /// Hands on the full bytes, and with `whole` the last one too.
  mutating func drain(to sink: StreamedPixels.Sink, whole: Bool) throws(FormatError) {
    if whole, count > 0 {
      bytes.append(current)
      (current, count) = (0, 0)
    }
    try bytes.withUnsafeBufferPointer { buffer throws(FormatError) in try sink(UnsafeRawBufferPointer(buffer)) }
    bytes.removeAll(keepingCapacity: true)
  }
}
