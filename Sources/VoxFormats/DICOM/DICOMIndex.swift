/// Where the data elements of a file lie, those in sequences too.
///
/// Entries stand in the order of the file: a sequence is followed by its items, an item by its elements.
///
/// - Complexity: an element is found in O(elements of its data set), whatever lies in their sequences.
struct DICOMIndex: Sendable {
  /// One element or item.
  struct Entry: Sendable {
    var tag: DICOMTag
    var representation: DICOMRepresentation
    /// Bytes of the value; 0 for a sequence or item.
    var length: UInt32
    /// Place of the value in ``bytes``; negative where the value was too long to keep.
    var value: Int
    /// Index of the first entry that lies behind this one and not in it.
    var next: Int32
  }

  fileprivate(set) var entries: ContiguousArray<Entry> = []
  /// Values one after the other, with whatever lay between them.
  var bytes = ContiguousArray<UInt8>()

  /// Bounds in ``entries`` of everything in the file.
  var root: Range<Int> { 0..<entries.count }

  /// Looks for an element in a data set, not in its sequences.
  func find(_ tag: DICOMTag, in bounds: Range<Int>) -> Int? {
    entries.withUnsafeBufferPointer { entries in
      var index = bounds.lowerBound
      while index < bounds.upperBound {
        if entries[index].tag == tag { return index }
        index = Int(entries[index].next)
      }
      return nil
    }
  }

  /// Bounds of the elements of each item of a sequence; empty for any other element.
  func items(of sequence: Int) -> [Range<Int>] {
    var items: [Range<Int>] = []
    var index = sequence + 1
    while index < Int(entries[sequence].next) {
      items.append((index + 1)..<Int(entries[index].next))
      index = Int(entries[index].next)
    }
    return items
  }

  /// Calls `body` with the bytes of an element as they are stored; `nil` for a sequence, and for a value not kept.
  func withValue<Result>(of index: Int, _ body: (UnsafeRawBufferPointer) -> Result) -> Result? {
    let entry = entries[index]
    guard entry.value >= 0, Int(entry.next) == index + 1, entry.representation != .sequence else { return nil }
    return bytes.withUnsafeBytes { bytes in
      body(UnsafeRawBufferPointer(rebasing: bytes[entry.value..<(entry.value + Int(entry.length))]))
    }
  }
}

extension DICOMIndex {
  /// Adds an element or item and says where it stands.
  ///
  /// - Throws: ``FormatError`` with code `malformed` beyond 2^31 entries.
  mutating func append(_ entry: Entry) throws(FormatError) -> Int {
    guard entries.count < Int(Int32.max) - 1 else { throw FormatError(.malformed, "expected fewer data elements") }
    entries.append(entry)
    entries[entries.count - 1].next = Int32(entries.count)
    return entries.count - 1
  }

  /// Marks the end of a sequence or item: what was added since lies in it.
  mutating func close(_ index: Int) { entries[index].next = Int32(entries.count) }

  /// Forgets what was added since an element, which is no sequence after all.
  mutating func reopen(_ index: Int) {
    entries.removeLast(entries.count - index - 1)
    close(index)
  }

  /// Says where an element's value lies.
  mutating func place(_ index: Int, at value: Int) { entries[index].value = value }
}
