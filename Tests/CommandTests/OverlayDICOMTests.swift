import Foundation
import Testing
import VoxFormats
import VoxGrid
import VoxStream
import _VoxTestSupport

/// DICOM products of `overlay`, and what it does with the scan it is told of.
@Suite struct OverlayDICOMTests {
  private let overlay: BuiltCommand
  private let folder: TemporaryDirectory

  init() throws {
    overlay = try BuiltCommand("overlay")
    folder = try TemporaryDirectory()
  }

  private var output: String { folder.path("out") }

  private func names(_ directory: String = "") throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: "\(output)/\(directory)").sorted()
  }

  private static let phantom = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "../../Samples/phantom/ct").standardized.path(percentEncoded: false)

  /// A stream of a scan on a grid, its bright parts labelled 5.
  private func stream(_ scan: Volume<Float>, on grid: Grid, _ header: StreamHeader = SmallCase.header) throws -> String
  {
    let image = try scan.resampled(onto: grid, fill: -1000)
    return try SmallCase.stream(
      in: folder, header,
      [.float32(image), .int32(image.map { $0 > 0 ? 5 : 0 }), .float32(image.map { max(-1000, $0) / 100 })])
  }

  private func phantomSeries() throws -> (series: DICOMSeries, grid: Grid, scan: Volume<Float>) {
    let series = try #require(try DICOMSeries.discover(in: [Self.phantom]).first)
    return (series, try #require(series.grid), try series.load().volume.float)
  }

  @Test("secondary captures lie on the slices of the source, one per slice")
  func secondaryCaptures() throws {
    let (series, grid, scan) = try phantomSeries()
    let path = try stream(scan, on: grid.respaced(to: grid.spacing * 2))
    let outcome = try overlay.run([path, "-o", output, "--products", "sc", "--reference", Self.phantom])
    #expect(outcome.status == 0, "\(outcome.standardError)")
    #expect(try names() == ["sc_liver"])
    #expect(try names("sc_liver").first == "0001.dcm")

    let captures = try #require(try DICOMSeries.discover(in: ["\(output)/sc_liver"]).first)
    #expect(captures.slices.count == series.slices.count)
    #expect(captures.slices.map(\.plane) == series.slices.map(\.plane))
    #expect(captures.slices.allSatisfy { $0.columns == grid.dimensions.x && $0.rows > grid.dimensions.y })
    #expect(captures.studyInstanceUID == series.studyInstanceUID)
    #expect(captures.frameOfReferenceUID == series.frameOfReferenceUID)
    #expect(captures.seriesInstanceUID != series.seriesInstanceUID)
  }

  @Test(
    "captures show the scan in its own units, whatever the stream's image is scaled to", arguments: [nil, "-100,300"])
  func scaled(_ window: String?) throws {
    let (_, grid, scan) = try phantomSeries()
    func captures(_ units: String?, _ image: Volume<Float>) throws -> [UInt8] {
      var header = SmallCase.header
      header.channels[0].units = units
      header.source = .init(modality: "CT")
      let nothing = AnyVolume.float32(image.map { _ in 0 })
      let path = try SmallCase.stream(
        in: folder, header, [.float32(image), .int32(image.map { _ in 0 }), nothing])
      let options = window.map { ["--window=\($0)"] } ?? []
      let outcome = try overlay.run(
        [path, "-o", output, "--products", "sc", "--force", "--reference", Self.phantom] + options)
      #expect(outcome.status == 0, "\(outcome.standardError)")
      let slice = try DICOMFile("\(output)/sc_liver/0030.dcm", withPixels: true).root
      let pixels = try #require(slice.raw(.pixelData)?.bytes)
      return Array(pixels.prefix(3 * grid.dimensions.x * grid.dimensions.y))
    }
    let expected = try captures("HU", scan)
    #expect(Set(expected).count > 50)
    #expect(try captures(nil, scan.map { ($0 + 160) / 400 }) == expected)
  }

  @Test("a scan whose slices form no stack gives whom results belong to, and no captures")
  func tilted() throws {
    let path = folder.path("tilted")
    for index in 0..<4 {
      let position = SmallCase.grid.affine(SIMD3<Double>(0, 0, Double(index)))
      let texts: [(DICOMTag, String, String)] = [
        (.sopClassUID, "UI", "1.2.840.10008.5.1.4.1.1.2"), (.sopInstanceUID, "UI", "1.2.3.4.\(index)"),
        (.studyInstanceUID, "UI", "1.2.3"), (.seriesInstanceUID, "UI", "1.2.3.1"), (.modality, "CS", "CT"),
        (.imageOrientationPatient, "DS", "1\\0\\0\\0\\1\\0"), (.pixelSpacing, "DS", "3\\3"),
        (.photometricInterpretation, "CS", "MONOCHROME2"),
        // Slices shifted towards the back: a tilt.
        (.imagePositionPatient, "DS", "\(-position.x)\\\(-position.y + Double(2 * index))\\\(position.z)"),
      ]
      let builder = try DICOMBuilder()
      for (tag, vr, text) in texts { try builder.set(tag, vr, text) }
      for (tag, number) in [
        (DICOMTag.samplesPerPixel, 1), (.bitsAllocated, 16), (.bitsStored, 16), (.highBit, 15),
        (.pixelRepresentation, 0), (.rows, 18), (.columns, 20),
      ] as [(DICOMTag, UInt16)] { try builder.set(tag, number) }
      try builder.set(.pixelData, "OW", values: [UInt16](repeating: 1000, count: 360))
      var bytes: [UInt8] = []
      try builder.encoded { bytes = Array($0) }
      _ = try folder.write(bytes, as: "tilted/\(index).dcm")
    }
    let stream = try SmallCase.stream(in: folder)
    let outcome = try overlay.run([stream, "-o", output, "--products", "all", "--reference", path])
    #expect(outcome.status == 0, "\(outcome.standardError)")
    #expect(outcome.standardError.contains("gantry tilt") && outcome.standardError.contains("sc needs"))
    #expect(try names().contains("seg.dcm") && !names().contains("sc_liver"))
    #expect(try DICOMFile("\(output)/seg.dcm").root.text(.studyInstanceUID) == "1.2.3")
    for options in [["--products", "sc"], ["--grid", "source"]] {
      let refused = try overlay.run([stream, "-o", folder.path("none"), "--reference", path] + options)
      #expect(refused.status == 69 && refused.standardError.contains("gantry tilt"), "\(refused.standardError)")
    }
  }

  @Test("what is taken on trust is said: no UID to compare, another series of the study")
  func trust() throws {
    let (series, grid, scan) = try phantomSeries()
    func said(_ source: StreamHeader.Source?) throws -> String {
      var header = SmallCase.header
      header.source = source
      let path = try stream(scan, on: grid, header)
      let outcome = try overlay.run([path, "-o", output, "--force", "--products", "stats", "--reference", Self.phantom])
      #expect(outcome.status == 0)
      return outcome.standardError
    }
    #expect(try said(nil).contains("no UID in common to compare"))
    var source = StreamHeader.Source(modality: "CT")
    source.studyInstanceUID = series.studyInstanceUID
    #expect(try !said(source).contains("warning"))
    source.seriesInstanceUID = "1.2.3"
    #expect(try said(source).contains("the stream was made from the series 1.2.3"))
  }

  @Test("a small part of the source is accepted", arguments: [SIMD3<Int>(41, 33, 5), [3, 100, 0]])
  func crop(_ start: SIMD3<Int>) throws {
    var (_, grid, scan) = try phantomSeries()
    grid.affine.t = grid.affine(SIMD3<Double>(start))
    grid.dimensions = [2, 3, 2]
    let path = try stream(scan.map { _ in 40 }, on: grid)
    let outcome = try overlay.run([path, "-o", output, "--products", "sc", "--reference", Self.phantom])
    #expect(outcome.status == 0, "\(outcome.standardError)")
  }

  @Test(
    "on the source's grid volumes are the source's own, on the model's the stream's", arguments: ["source", "model"])
  func grids(_ choice: String) throws {
    let (_, grid, scan) = try phantomSeries()
    let coarse = grid.respaced(to: grid.spacing * 2).reoriented(to: .ras)
    let path = try stream(scan, on: coarse)
    let outcome = try overlay.run([
      path, "-o", output, "--products", "nifti,labels,rgb", "--reference", Self.phantom, "--grid", choice,
    ])
    #expect(outcome.status == 0, "\(outcome.standardError)")
    let expected = choice == "source" ? grid : coarse
    for name in ["image.nii.gz", "labels.nii.gz", "attribution_liver.nii.gz", "labels.seg.nrrd"] {
      let volume = try FormatRegistry.read(path: "\(output)/\(name)").volume
      #expect(volume.grid.isClose(to: expected), "\(name): \(volume.grid)")
      if name == "image.nii.gz", choice == "source" { #expect(volume.float.voxels == scan.voxels) }
    }
  }

  // MARK: Validators

  /// Where DICOM products are written on.
  enum Source: String, CaseIterable, Sendable {
    case phantom, realCT, upsideDown, none
  }

  private static let realCT = SharedData.path("ct/totalsegmentator/example_ct_dicom")

  private static let canValidate = ["dciodvfy", "dcentvfy"].allSatisfy {
    FileManager.default.isExecutableFile(atPath: "/usr/bin/\($0)")
  }

  /// The folder of a source and its scan; `nil` where shared data are missing.
  private func open(_ source: Source) throws -> (path: String, scan: Volume<Float>)? {
    let path: String
    switch source {
    case .phantom, .none: path = Self.phantom
    case .realCT:
      guard SharedData.has("ct/totalsegmentator/example_ct_dicom") else { return nil }
      path = Self.realCT
    case .upsideDown:
      // Columns run towards the patient's left and rows towards the front: orientation [1,0,0,0,-1,0].
      let (_, _, scan) = try phantomSeries()
      let turned = scan.reoriented(to: try #require(Orientation("LAS")))
      path = folder.path("turned")
      let directory = try AtomicDirectory(path)
      try DerivedSeriesWriter(reference: nil).write(.float32(turned), as: DerivedSeries(.ct), into: directory)
      try directory.commit()
      let slice = try #require(try DICOMSeries.discover(in: [path]).first?.slices.first?.plane)
      #expect(slice.alongRow == [1, 0, 0] && slice.alongColumn == [0, -1, 0])
    }
    return (path, try #require(try DICOMSeries.discover(in: [path]).first).load().volume.float)
  }

  @Test(
    "validators find no error in captures, segmentations and maps", .enabled(if: canValidate, "needs dicom3tools"),
    arguments: Source.allCases)
  func validators(_ source: Source) throws {
    guard let (path, scan) = try open(source) else { return }
    let stream = try stream(scan, on: scan.grid.reoriented(to: .ras))
    let variants = source == .none ? [[]] : [[], ["--multiframe"], ["--deidentify"], ["--grid", "source"]]
    for options in variants {
      let arguments =
        source == .none ? ["--products", "seg,pm"] : ["--products", "sc,seg,pm", "--reference", path]
      let outcome = try overlay.run([stream, "-o", output, "--force"] + arguments + options)
      #expect(outcome.status == 0, "\(outcome.standardError)")
      let shell =
        "for f in $(find . -name '*.dcm'); do dciodvfy $f 2>&1; done; dcentvfy $(find . -name '*.dcm') 2>&1; true"
      let said = try BuiltCommand.shell.run(["-c", shell], in: URL(filePath: output)).text.split(separator: "\n")
      #expect(said.contains("Segmentation") && said.contains("ParametricMap"))
      #expect(Set(said.filter { $0.contains("Error") }).isEmpty, "\(options)")
      try FileManager.default.removeItem(atPath: output)
    }
  }

  @Test("without a reference and with --deidentify nothing of the patient is written", arguments: [true, false])
  func nobody(_ hasReference: Bool) throws {
    let (series, grid, scan) = try phantomSeries()
    let path = try stream(scan, on: grid)
    let outcome = try overlay.run(
      [path, "-o", output, "--products", "seg,pm" + (hasReference ? ",sc" : "")]
        + (hasReference ? ["--reference", Self.phantom, "--deidentify"] : []))
    #expect(outcome.status == 0, "\(outcome.standardError)")
    let files = ["seg.dcm", "pm_liver.dcm"] + (hasReference ? try names("sc_liver").map { "sc_liver/\($0)" } : [])
    let sources = Set(
      series.slices.compactMap(\.sopInstanceUID) + [series.studyInstanceUID, series.frameOfReferenceUID])
    for file in files {
      let bytes = [UInt8](try Data(contentsOf: URL(filePath: "\(output)/\(file)")))
      let header = try DICOMFile("\(output)/\(file)").root
      #expect(header.text(DICOMTag(0x0010, 0x0010)) == nil && header.text(DICOMTag(0x0010, 0x0020)) == nil)
      #expect(header.text(DICOMTag(0x0012, 0x0062)) == "YES")
      let text = String(decoding: bytes.prefix(60_000), as: UTF8.self)
      #expect(!text.contains("PHANTOM"), "\(file)")
      for uid in sources.compactMap({ $0 }) { #expect(!text.contains(uid), "\(file)") }
    }
  }

  // MARK: Refusals

  @Test("a scan that lies elsewhere is refused with the distance")
  func wrongPlace() throws {
    let far = Grid(dimensions: SmallCase.grid.dimensions, affine: Affine(spacing: [3, 3, 3], origin: [9000, 0, 0]))
    let (_, _, scan) = try phantomSeries()
    let path = try stream(scan, on: far)
    let outcome = try overlay.run([path, "-o", output, "--reference", Self.phantom])
    #expect(outcome.status == 64)
    #expect(outcome.standardError.contains("x 8999 to 9059") || outcome.standardError.contains("x 8998 to 9058"))
    #expect(outcome.standardError.contains("mm away; name the directory of the scan with --reference"))
    #expect(try folder.names == ["stream.nii"])
  }

  @Test(
    "a scan of another study or frame of reference is refused with both", arguments: ["study", "frame of reference"])
  func wrongPatient(_ what: String) throws {
    let (series, grid, scan) = try phantomSeries()
    var header = SmallCase.header
    header.source = .init(modality: "CT")
    header.source?.studyInstanceUID = what == "study" ? "1.2.3.4" : series.studyInstanceUID
    header.source?.frameOfReferenceUID = what == "study" ? series.frameOfReferenceUID : "1.2.3.4"
    let path = try stream(scan, on: grid, header)
    let outcome = try overlay.run([path, "-o", output, "--reference", Self.phantom])
    #expect(outcome.status == 64)
    let found = what == "study" ? series.studyInstanceUID : series.frameOfReferenceUID
    #expect(outcome.standardError.contains("expected the \(what) that the stream was made from, 1.2.3.4"))
    #expect(outcome.standardError.contains("found \(found ?? "-")"), "\(outcome.standardError)")
    #expect(try folder.names == ["stream.nii"])
  }
}
