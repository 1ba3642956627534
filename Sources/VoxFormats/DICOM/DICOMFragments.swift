/// The fragments of compressed pixel data, told apart by frame.
///
/// - Source: DICOM PS3.5 annex A.4; PS3.3 C.7.6.3.1.8 (extended offset table).
struct DICOMFragments {
  private let table: DICOMStructure.Fragment?
  private let fragments: ArraySlice<DICOMStructure.Fragment>
  private let file: DICOMFile

  /// Takes what a file has, the offset table first.
  init(_ items: [DICOMStructure.Fragment], of file: DICOMFile) {
    (table, fragments, self.file) = (items.first, items.dropFirst(), file)
  }

  /// The parts of the file that hold each frame.
  ///
  /// The first of these decides that gives so many frames: all is one frame; the extended offset table; the basic one;
  /// a fragment each; the marker by which a compressed image begins.
  ///
  /// - Throws: ``FormatError``: `malformed` where none does, `unreadable`.
  func frames(_ count: Int) throws(FormatError) -> [[Range<Int>]] {
    if count == 1, !fragments.isEmpty { return [fragments.map(\.bytes)] }
    var starts = extended(count)
    if starts == nil { starts = try basic(count) }
    if starts == nil { starts = fragments.count == count ? Array(fragments.indices) : marked(count) }
    guard let starts else {
      throw FormatError(
        .malformed,
        "expected \(count) frames, found \(fragments.count) fragments and no offset table that tells them apart",
        at: .file(file.path), DICOMTag.pixelData.context)
    }
    let ends = starts.dropFirst() + [fragments.endIndex]
    return zip(starts, ends).map { fragments[$0..<$1].map(\.bytes) }
  }

  private func extended(_ count: Int) -> [Int]? {
    guard let raw = file.root.raw(DICOMTag(0x7FE0, 0x0001)) else { return nil }
    return places(of: raw.bytes, size: 8, count)
  }

  private func basic(_ count: Int) throws(FormatError) -> [Int]? {
    guard let table, table.count == 4 * count else { return nil }
    let bytes = try DICOMBytes(FileDescriptor.reading(file.path), count: table.bytes.upperBound)
      .glance(at: table.bytes.lowerBound, count: table.count)
    return places(of: bytes, size: 4, count)
  }

  /// The fragments at offsets, which rise from 0, the place of the first; `nil` where one leads nowhere.
  private func places(of bytes: [UInt8], size: Int, _ count: Int) -> [Int]? {
    guard bytes.count == size * count, let first = fragments.first else { return nil }
    var (found, next): ([Int], Int) = ([], fragments.startIndex)
    for place in 0..<count {
      let offset = bytes[(place * size)..<((place + 1) * size)].reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
      while next < fragments.endIndex, UInt64(fragments[next].start - first.start) < offset { next += 1 }
      guard next < fragments.endIndex, UInt64(fragments[next].start - first.start) == offset else { return nil }
      found.append(next)
      next += 1
    }
    return found.first == fragments.startIndex ? found : nil
  }

  /// The fragments that begin as JPEG, JPEG-LS or JPEG 2000 images do.
  private func marked(_ count: Int) -> [Int]? {
    let starts = fragments.indices.filter { [0xFFD8, 0xFF4F].contains(fragments[$0].marker) }
    return starts.count == count && starts.first == fragments.startIndex ? starts : nil
  }
}
