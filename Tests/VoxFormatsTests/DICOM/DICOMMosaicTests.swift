import Testing
import VoxFormats
import VoxGrid
import _VoxTestSupport

@Suite("Siemens mosaics")
struct DICOMMosaicTests {
  typealias Element = DICOMEncoder.Element

  /// A private header of the newer or the older version with fields of texts.
  private func header(_ fields: [(name: String, texts: [String])], isSecond: Bool = true) -> [UInt8] {
    func number(_ value: Int) -> [UInt8] { withUnsafeBytes(of: Int32(value).littleEndian, Array.init) }
    func text(_ value: String, _ size: Int) -> [UInt8] {
      Array(value.utf8) + [UInt8](repeating: 0, count: size - value.utf8.count)
    }
    var bytes = isSecond ? Array("SV10".utf8) + [4, 3, 2, 1] : []
    bytes += number(fields.count) + number(77)
    let first = fields.first?.texts.count ?? 0
    for (name, texts) in fields {
      bytes += text(name, 64) + number(texts.count) + text("IS", 4)
      bytes += [6, texts.count, 77].flatMap(number)
      for item in texts {
        let length = item.utf8.count + 1
        let lengths = isSecond ? [length, length, 77, length] : [length + first, 0, 77, length]
        bytes += lengths.flatMap(number)
        bytes += text(item, length)
        bytes += [UInt8](repeating: 0, count: (4 - length % 4) % 4)
      }
    }
    return bytes
  }

  /// Five tiles of 4 x 2 in a mosaic of 12 x 6: tile t has the values 100 t and following.
  private func mosaic(_ header: [UInt8]?, _ change: (inout [DICOMTag: Element]) -> Void = { _ in }) -> [UInt8] {
    var image = DICOMEncoder.image(columns: 12, rows: 6)
    image[.imageType] = Element("CS", .text("ORIGINAL\\PRIMARY\\MOSAIC"))
    image[DICOMTag(0x0018, 0x0088)] = Element("DS", .text("3"))
    if let header { image[DICOMTag(0x0029, 0x1010)] = Element("OB", .bytes(header)) }
    let words = (0..<72).map { index -> UInt16 in
      let (row, column) = (index / 12, index % 12)
      let tile = row / 2 * 3 + column / 4
      return tile < 5 ? UInt16(100 * tile + row % 2 * 4 + column % 4) : 9999
    }
    image[.pixelData] = Element("OW", .words(words))
    change(&image)
    return DICOMEncoder.file(image, as: "1.2.840.10008.1.2.1")
  }

  private func read(_ bytes: [UInt8]) throws -> AnyVolume {
    let scratch = try TemporaryDirectory()
    let list = try DICOMSeries.discover(in: [try scratch.write(bytes, as: "mosaic.dcm")])
    return try #require(list.count == 1 ? list[0] : nil).load().volume
  }

  private func values(_ tiles: [Int]) -> [Float] { tiles.flatMap { tile in (0..<8).map { Float(100 * tile + $0) } } }

  @Test("tiles are slices, whichever version the header is of", arguments: ["second", "first"])
  func tiles(_ version: String) throws {
    let fields = [("SliceNormalVector", ["0.0", "0.0", "1.0"]), ("NumberOfImagesInMosaic", ["5"])]
    let volume = try read(mosaic(header(fields, isSecond: version == "second")))
    #expect(volume.grid.dimensions == [4, 2, 5])
    #expect(volume.grid.spacing == [0.5, 2, 3])
    // The position is that of the whole mosaic around the middle of the first tile.
    #expect(volume.grid.affine.t == [-3, -6, 3])
    #expect(volume.float.voxels == values([0, 1, 2, 3, 4]))
  }

  @Test("a count without a direction is refused: the order of the slices would be a guess")
  func noNormal() throws {
    let bytes = mosaic(nil) { $0[DICOMTag(0x0019, 0x100A)] = Element("US", .words([5])) }
    let error = #expect(throws: FormatError.self) { try read(bytes) }
    #expect(error?.message.contains("slice normal") == true, "\(error as Any)")
  }

  @Test("slices that follow each other against the normal are turned round")
  func againstTheNormal() throws {
    let volume = try read(
      mosaic(header([("NumberOfImagesInMosaic", ["5"]), ("SliceNormalVector", ["0", "0", "-1"])])))
    #expect((volume.grid.affine.t - [-3, -6, 3 - 12]).length < 1e-9)
    #expect(volume.float.voxels == values([4, 3, 2, 1, 0]))
  }

  @Test(
    "wrong mosaics are refused by name",
    arguments: [
      ([], "expected the number of images"), ([("NumberOfImagesInMosaic", ["0"])], "images in a mosaic, found 0"),
      ([("NumberOfImagesInMosaic", ["2000000000"])], "images in a mosaic"),
      ([("NumberOfImagesInMosaic", ["17"])], "5 by 5 tiles"),
      ([("NumberOfImagesInMosaic", ["5"])], "expected a slice normal"),
      ([("NumberOfImagesInMosaic", ["5"]), ("SliceNormalVector", ["0", "1", "0"])], "perpendicular to the mosaic"),
    ] as [([(String, [String])], String)])
  func wrong(_ fields: [(String, [String])], _ message: String) throws {
    let error = #expect(throws: FormatError.self) { try read(mosaic(fields.isEmpty ? nil : header(fields))) }
    #expect(error?.message.contains(message) == true, "\(error as Any)")
  }

  @Test("a damaged private header is an error or a right volume")
  func damaged() throws {
    let whole = header([("SliceNormalVector", ["0.0", "0.0", "1.0"]), ("NumberOfImagesInMosaic", ["5"])])
    #expect(try read(mosaic(whole)).float.voxels == values([0, 1, 2, 3, 4]))
    for length in stride(from: 0, to: whole.count - 8, by: 3) {
      #expect(throws: FormatError.self, "cut off at byte \(length)") { try read(mosaic(Array(whole.prefix(length)))) }
    }
    for bytes in Mutations(of: whole, count: 500, seed: 5) {
      do {
        #expect(try read(mosaic(bytes)).grid.count % 8 == 0)
      } catch let error as FormatError {
        #expect(error.code == .malformed || error.code == .unsupported)
      }
    }
  }
}
