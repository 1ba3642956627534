import VoxGrid

extension DICOMSlice {
  /// No mosaic has more; scanners stay below some hundreds.
  private static let mostTiles = 1 << 14

  /// The slices of a Siemens mosaic: tiles of one image, row after row, as many as the private header says.
  ///
  /// Position (0020,0032) is that of an image as large as the mosaic around the first slice's centre.
  ///
  /// - Throws: ``FormatError`` with code `malformed`.
  /// - Source: <https://nipy.org/nibabel/dicom/dicom_mosaic.html>.
  func mosaicTiles(_ elements: DICOMElements) throws(FormatError) -> [DICOMSlice] {
    let header = elements.raw(SiemensCSA.imageHeader).flatMap { SiemensCSA($0.bytes) }
    let stated = header?.number("NumberOfImagesInMosaic").flatMap { Int(exactly: $0) }
    guard let count = stated ?? elements.raw(.numberOfImagesInMosaic)?.littleEndianWord else {
      throw FormatError(
        .malformed, "expected the number of images in a mosaic, found none", at: SiemensCSA.imageHeader.context)
    }
    guard 1...Self.mostTiles ~= count else {
      throw FormatError(
        .malformed, "expected 1 to \(Self.mostTiles) images in a mosaic, found \(count)",
        at: SiemensCSA.imageHeader.context)
    }
    let side = Int(Double(count).squareRoot().rounded(.up))
    guard columns % side == 0, rows % side == 0 else {
      throw FormatError(
        .malformed,
        "expected a mosaic of \(side) by \(side) tiles for \(count) images, found \(columns) columns and "
          + "\(rows) rows", at: DICOMTag.columns.context)
    }
    let (tileColumns, tileRows) = (columns / side, rows / side)
    let step = try mosaicStep(elements, header)
    return (0..<count).map { index in
      var tile = self
      (tile.columns, tile.rows) = (tileColumns, tileRows)
      tile.part = "tile \(index + 1)"
      tile.corner = [index % side * tileColumns, index / side * tileRows]
      if let plane, let step {
        let right: SIMD3<Double> = plane.alongRow * (plane.columnSpacing * Double(columns - tileColumns) / 2)
        let down: SIMD3<Double> = plane.alongColumn * (plane.rowSpacing * Double(rows - tileRows) / 2)
        tile.plane?.position += right + down + step * Double(index)
      } else {
        tile.plane = nil
      }
      return tile
    }
  }

  /// From one slice to the next; `nil` where nothing says how far they lie apart.
  private func mosaicStep(_ elements: DICOMElements, _ header: SiemensCSA?) throws(FormatError) -> SIMD3<Double>? {
    guard let plane, let distance = try elements.number(.spacingBetweenSlices) ?? thickness, distance > 0 else {
      return nil
    }
    let stated = header?.numbers("SliceNormalVector") ?? []
    guard stated.count == 3 else {
      throw FormatError(
        .malformed, "expected a slice normal, without which the order of the tiles is unknown, found none",
        at: SiemensCSA.imageHeader.context)
    }
    let along = SIMD3(stated[0], stated[1], stated[2]).dot(plane.normal)
    guard abs(abs(along) - 1) < 1e-2 else {
      throw FormatError(
        .malformed, "expected a slice normal perpendicular to the mosaic, found \(stated)",
        at: SiemensCSA.imageHeader.context)
    }
    return plane.normal * (along > 0 ? distance : -distance)
  }
}

extension DICOMElements.Raw {
  /// The number in two bytes; private elements have no representation in implicit files, which are little endian.
  fileprivate var littleEndianWord: Int? { bytes.count == 2 ? Int(bytes[0]) | Int(bytes[1]) << 8 : nil }
}

extension DICOMTag {
  fileprivate static let spacingBetweenSlices = DICOMTag(0x0018, 0x0088)
  fileprivate static let numberOfImagesInMosaic = DICOMTag(0x0019, 0x100A)
}
