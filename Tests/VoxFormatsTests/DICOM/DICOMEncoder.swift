import VoxFormats

/// A DICOM file written element by element, so that tests can make what the package itself does not write.
struct DICOMEncoder {
  enum Layout: CaseIterable { case implicitLittle, explicitLittle, explicitBig }

  enum Value {
    case text(String)
    case words([UInt16])
    case bytes([UInt8])
    case items([[DICOMTag: Element]])
    /// Compressed pixel data, of which the first fragment is the offset table.
    case fragments([[UInt8]])
  }

  struct Element {
    var representation: String
    var value: Value

    init(_ representation: String, _ value: Value) { (self.representation, self.value) = (representation, value) }
  }

  /// A CT slice without pixels; one frame where no more are asked for.
  static func image(columns: Int, rows: Int, frames: Int = 1, bits: Int = 16) -> [DICOMTag: Element] {
    var image: [DICOMTag: Element] = [
      .sopClassUID: Element("UI", .text("1.2.840.10008.5.1.4.1.1.2")), .modality: Element("CS", .text("CT")),
      .seriesInstanceUID: Element("UI", .text("1.2.3.1")), .sliceThickness: Element("DS", .text("5")),
      .imagePositionPatient: Element("DS", .text("1\\2\\3")), .pixelSpacing: Element("DS", .text("2\\0.5")),
      .imageOrientationPatient: Element("DS", .text("1\\0\\0\\0\\1\\0")),
      .photometricInterpretation: Element("CS", .text("MONOCHROME2")), .samplesPerPixel: Element("US", .words([1])),
      .rows: Element("US", .words([UInt16(rows)])), .columns: Element("US", .words([UInt16(columns)])),
      .bitsAllocated: Element("US", .words([bits > 8 ? 16 : 8])), .bitsStored: Element("US", .words([UInt16(bits)])),
      .highBit: Element("US", .words([UInt16(bits - 1)])), .pixelRepresentation: Element("US", .words([0])),
    ]
    guard frames > 1 else { return image }
    image[.numberOfFrames] = Element("IS", .text(String(frames)))
    image[.sharedFunctionalGroupsSequence] = Element(
      "SQ",
      .items([
        [
          DICOMTag(0x0020, 0x9116): Element(
            "SQ", .items([[.imageOrientationPatient: image[.imageOrientationPatient] ?? Element("DS", .text(""))]])),
          DICOMTag(0x0028, 0x9110): Element("SQ", .items([[.pixelSpacing: Element("DS", .text("2\\0.5"))]])),
        ]
      ]))
    image[DICOMTag(0x5200, 0x9230)] = Element(
      "SQ",
      .items(
        (0..<frames).map { frame in
          let place = Element("DS", .text("1\\2\\\(3 * frame)"))
          return [DICOMTag(0x0020, 0x9113): Element("SQ", .items([[.imagePositionPatient: place]]))]
        }))
    return image
  }

  /// A file with preamble and meta information.
  static func file(_ elements: [DICOMTag: Element], as uid: String, _ layout: Layout = .explicitLittle) -> [UInt8] {
    let meta: [DICOMTag: Element] = [.transferSyntaxUID: Element("UI", .text(uid))]
    return [UInt8](repeating: 0, count: 128) + Array("DICM".utf8) + dataSet(meta, .explicitLittle)
      + dataSet(elements, layout)
  }

  /// Elements by rising tag.
  static func dataSet(_ elements: [DICOMTag: Element], _ layout: Layout) -> [UInt8] {
    elements.sorted { $0.key < $1.key }.flatMap { tag, element in
      let (value, isUndefined) = bytes(element.value, layout)
      var header = number(tag.group, layout) + number(tag.element, layout)
      let length = isUndefined ? UInt32.max : UInt32(value.count)
      if layout == .implicitLittle {
        header += number(length, layout)
      } else if ["OB", "OW", "SQ", "UN"].contains(element.representation) {
        header += Array(element.representation.utf8) + [0, 0] + number(length, layout)
      } else {
        header += Array(element.representation.utf8) + number(UInt16(value.count), layout)
      }
      return header + value
    }
  }

  private static func bytes(_ value: Value, _ layout: Layout) -> (bytes: [UInt8], isUndefined: Bool) {
    switch value {
    case .text(let text):
      return (Array(text.utf8) + (text.utf8.count % 2 == 0 ? [] : [text.contains { $0.isLetter } ? 0x20 : 0]), false)
    case .words(let words): return (words.flatMap { number($0, layout) }, false)
    case .bytes(let bytes): return (bytes + (bytes.count % 2 == 0 ? [] : [0]), false)
    case .items(let items):
      // Every other item has a length; the sequence has none.
      let parts = items.enumerated().map { index, item in
        let content = dataSet(item, layout)
        return index % 2 == 0
          ? delimiter(0xE000, UInt32(content.count), layout) + content
          : delimiter(0xE000, .max, layout) + content + delimiter(0xE00D, 0, layout)
      }
      return (parts.flatMap { $0 } + delimiter(0xE0DD, 0, layout), true)
    case .fragments(let fragments):
      let parts = fragments.map { fragment in
        let padded = fragment + (fragment.count % 2 == 0 ? [] : [0])
        return delimiter(0xE000, UInt32(padded.count), layout) + padded
      }
      return (parts.flatMap { $0 } + delimiter(0xE0DD, 0, layout), true)
    }
  }

  private static func delimiter(_ element: UInt16, _ length: UInt32, _ layout: Layout) -> [UInt8] {
    number(UInt16(0xFFFE), layout) + number(element, layout) + number(length, layout)
  }

  private static func number<Number: FixedWidthInteger>(_ number: Number, _ layout: Layout) -> [UInt8] {
    withUnsafeBytes(of: layout == .explicitBig ? number.bigEndian : number.littleEndian, Array.init)
  }

  /// A frame of 16-bit words in RLE: a segment of high bytes and one of low bytes, all literal.
  ///
  /// - Source: DICOM PS3.5 annex G.
  static func runLengthEncoded(_ words: [UInt16]) -> [UInt8] {
    func segment(_ bytes: [UInt8]) -> [UInt8] {
      let runs = stride(from: 0, to: bytes.count, by: 128).flatMap { start -> [UInt8] in
        let run = bytes[start..<min(start + 128, bytes.count)]
        return [UInt8(run.count - 1)] + run
      }
      return runs + (runs.count % 2 == 0 ? [] : [0x80])
    }
    let (high, low) = (segment(words.map { UInt8($0 >> 8) }), segment(words.map { UInt8($0 & 0xFF) }))
    let header = [2, 64, UInt32(64 + high.count)] + [UInt32](repeating: 0, count: 13)
    return header.flatMap { number($0, .explicitLittle) } + high + low
  }
}
