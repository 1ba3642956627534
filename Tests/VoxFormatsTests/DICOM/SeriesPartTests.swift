import Testing
import VoxFormats
import VoxGrid
import _VoxTestSupport

@Suite("DICOM series of several volumes")
struct SeriesPartTests {
  /// A series of `volumes` x `places` images, named and numbered in the order `image` gives.
  struct Example: Sendable, CustomTestStringConvertible {
    let testDescription: String
    /// Changes image (volume, place).
    let change: @Sendable (Int, Int, inout SyntheticSlice) -> Void
    let parts: [String?]
    var volumes = 3
    var places = 4
    /// The number of images in each part; as many as there are places where it is empty.
    var counts: [Int] = []
    /// Whether the second volume is place 2 alone.
    var isRepeat: Bool { counts == [4, 1] }

    init(
      _ name: String, _ parts: [String?], volumes: Int = 3, places: Int = 4, counts: [Int] = [],
      _ change: @escaping @Sendable (Int, Int, inout SyntheticSlice) -> Void
    ) {
      (testDescription, self.parts, self.volumes, self.places) = (name, parts, volumes, places)
      (self.counts, self.change) = (counts, change)
    }
  }

  private static let timePoints = ["time point 1 of 3", "time point 2 of 3", "time point 3 of 3"]

  static let examples: [Example] = [
    Example("one volume", [nil], volumes: 1) { _, _, _ in },
    Example("echoes by number and time", ["echo 1 (TE 10 ms)", "echo 2 (TE 20.5 ms)", "echo 3 (TE 31 ms)"]) {
      $2.echo(number: $0 + 1, time: 10 + 10.5 * Double($0))
    },
    Example("echoes that all have number 1", ["echo 1 (TE 2 ms)", "echo 2 (TE 3 ms)", "echo 3 (TE 4 ms)"]) {
      $2.echo(number: 1, time: 2 + Double($0))
    },
    Example("echo times with noise", ["echo 1 (TE 5 ms)", "echo 2 (TE 10 ms)", "echo 3 (TE 15 ms)"]) {
      $2.echo(number: nil, time: Double(5 * ($0 + 1)) + 1e-4 * Double($1))
    },
    Example("magnitude, phase and real", ["image type M", "image type P", "image type R"]) {
      $2.texts[.imageType] = ("CS", "ORIGINAL\\PRIMARY\\\(["M", "P", "R"][$0])\\ND")
    },
    Example(
      "Dixon and echoes",
      [
        "image type F, echo 1 (TE 1 ms)", "image type F, echo 2 (TE 2 ms)",
        "image type W, echo 1 (TE 1 ms)", "image type W, echo 2 (TE 2 ms)",
      ], volumes: 4
    ) {
      $2.texts[.imageType] = ("CS", "DERIVED\\PRIMARY\\\(["F", "W"][$0 / 2])")
      $2.echo(number: $0 % 2 + 1, time: Double($0 % 2 + 1))
    },
    Example(
      "b-values, two directions", ["b-value 0", "b-value 800, time point 1 of 2", "b-value 800, time point 2 of 2"]
    ) {
      $2.texts[.instanceNumber] = ("IS", String($0 * 4 + $1))
      $2.doubles[.diffusionBValue] = $0 == 0 ? 0 : 800
    },
    Example("kernels", ["kernel B30f", "kernel B70f"], volumes: 2) {
      $2.texts[.convolutionKernel] = ("SH", ["B30f", "B70f"][$0])
    },
    Example("thick and thin slices", ["slices of 1 mm", "slices of 5 mm"], volumes: 2) {
      $2.texts[.sliceThickness] = ("DS", ["1", "5.0"][$0])
    },
    Example("temporal positions", timePoints) { $2.texts[.temporalPositionIdentifier] = ("IS", String(7 + $0)) },
    Example("trigger times that vary with the slice", timePoints) {
      $2.texts[.triggerTime] = ("DS", String(40 * $0 + $1))
    },
    Example("acquisitions", ["acquisition 4", "acquisition 5", "acquisition 6"]) {
      $2.texts[.acquisitionNumber] = ("IS", String(4 + $0))
    },
    Example("acquisitions that number slices", timePoints) {
      $2.texts[.acquisitionNumber] = ("IS", String(1 + 4 * $0 + $1))
      $2.texts[.acquisitionTime] = ("TM", "1012\(10 + 4 * $0 + $1).5")
    },
    Example("over midnight", timePoints) {
      $2.texts[.acquisitionDate] = ("DA", $0 == 0 ? "20240131" : "20240201")
      $2.texts[.acquisitionTime] = ("TM", ["235959", "000001.25", "000003"][$0])
    },
    Example("instances, one volume after the other", timePoints) {
      $2.texts[.instanceNumber] = ("IS", String(1 + 4 * $0 + $1))
    },
    Example("instances, one place after the other", timePoints) {
      $2.texts[.instanceNumber] = ("IS", String(1 + 3 * $1 + $0))
    },
    Example("one slice taken again", ["acquisition 1", "acquisition 2"], volumes: 2, counts: [4, 1]) {
      $2.texts[.acquisitionNumber] = ("IS", $0 == 1 && $1 == 2 ? "2" : "1")
    },
  ]

  private func discover(_ example: Example) throws -> [DICOMSeries] {
    let scratch = try TemporaryDirectory()
    for volume in 0..<example.volumes {
      for place in 0..<example.places {
        if example.isRepeat, volume == 1, place != 2 { continue }
        var slice = SyntheticSlice(at: Double(2 * place), instance: 1 + place + 100 * volume)
        slice.pixels[0] = UInt16(1024 + 10 * volume + place)
        example.change(volume, place, &slice)
        // Names say nothing of the order.
        _ = try scratch.write(slice.bytes, as: "\((volume * 7 + place * 5) % 13)-\(volume)\(place).dcm")
      }
    }
    return try DICOMSeries.discover(in: [scratch.folder])
  }

  @Test("images of one place are told apart", arguments: examples)
  func parts(_ example: Example) throws {
    let list = try discover(example)
    #expect(list.map(\.part) == example.parts)
    #expect(list.map(\.summary.part) == example.parts)
    #expect(list.map(\.slices.count) == (example.counts.isEmpty ? example.parts.map { _ in 4 } : example.counts))
    #expect(Set(list.map(\.seriesInstanceUID)) == ["1.2.3.1"])
    for series in list where series.slices.count == 4 { #expect(series.problems.isEmpty, "\(series.problems)") }
  }

  @Test(
    "parts hold the images of their volume in the order of their places",
    arguments: examples.filter { $0.counts.isEmpty })
  func content(_ example: Example) throws {
    for (number, series) in try discover(example).enumerated() {
      let directory = series.slices.map(\.path)
      #expect(Set(directory).count == 4)
      // The files are gone; their names end in volume and place.
      let names = directory.map { String($0.dropLast(4).suffix(2)) }
      #expect(names == (0..<4).map { "\(number)\($0)" })
    }
  }

  static let inseparable: [Example] = [
    Example("nothing", [nil], volumes: 2) { _, _, _ in },
    Example("equal numbers", [nil], volumes: 2) { $2.texts[.instanceNumber] = ("IS", String(1 + $1)) },
    Example("numbers in no order", [nil], volumes: 2) {
      $2.texts[.instanceNumber] = ("IS", String([[1, 2, 10, 20], [5, 15, 12, 30]][$0][$1]))
    },
    Example("one place has more images", [nil], volumes: 2) {
      if ($0, $1) == (1, 1) { $2.position.z = 4 }
      $2.texts[.instanceNumber] = ("IS", String(1 + 4 * $0 + $1))
    },
    Example("a number for every slice", [nil], volumes: 2) {
      $2.texts[.acquisitionNumber] = ("IS", String(1 + 4 * $0 + $1))
    },
  ]

  @Test("images that nothing tells apart stay duplicates", arguments: inseparable)
  func duplicates(_ example: Example) throws {
    let list = try discover(example)
    #expect(list.map(\.part) == [nil] && list.map(\.slices.count) == [8])
    let duplicates = list.flatMap(\.problems).count { if case .duplicatePosition = $0 { true } else { false } }
    #expect(duplicates == 4)
  }

  @Test("orientations, sizes and pixel spacings are parts that say so")
  func geometry() throws {
    let scratch = try TemporaryDirectory()
    let cosines = ["1\\0\\0\\0\\1\\0", "0\\1\\0\\0\\0\\-1", "0.8\\0\\0.6\\0\\1\\0"]
    for (number, cosine) in cosines.enumerated() {
      for place in 0..<2 {
        var slice = SyntheticSlice(at: Double(place), instance: 10 * number + place)
        slice.texts[.imageOrientationPatient] = ("DS", cosine)
        slice.position = SIMD3(Double(place), 0, Double(place))
        _ = try scratch.write(slice.bytes, as: "\(number)-\(place).dcm")
      }
    }
    for (name, change) in [
      (
        "small",
        {
          $0.rows = 2; $0.pixels = Array($0.pixels.prefix(8))
        }
      ),
      ("spaced", { $0.texts[.pixelSpacing] = ("DS", "2\\0.75") }),
      ("unplaced", { $0.texts[.imageOrientationPatient] = nil }),
    ] as [(String, (inout SyntheticSlice) -> Void)] {
      var slice = SyntheticSlice(at: 0, instance: 100)
      change(&slice)
      _ = try scratch.write(slice.bytes, as: "\(name).dcm")
    }
    let list = try DICOMSeries.discover(in: [scratch.folder])
    #expect(
      list.map { $0.part ?? "" } == [
        "orientation 1: axial, 4x3 pixels, pixels of 0.5x2.0 mm",
        "orientation 2: sagittal, 4x3 pixels, pixels of 0.5x2.0 mm",
        "orientation 3: oblique axial, 4x3 pixels, pixels of 0.5x2.0 mm",
        "orientation 1: axial, 4x2 pixels, pixels of 0.5x2.0 mm",
        "orientation 1: axial, 4x3 pixels, pixels of 0.75x2.0 mm", "without a place in the patient",
      ])
    #expect(list.map(\.slices.count) == [2, 2, 2, 1, 1, 1])
  }

  @Test("series without UIDs are told apart by their numbers")
  func numbers() throws {
    let scratch = try TemporaryDirectory()
    try scratch.write(
      (0..<6).map { index in
        var slice = SyntheticSlice(at: Double(index % 3), instance: index)
        slice.texts[.seriesInstanceUID] = nil
        slice.texts[.seriesNumber] = ("IS", index < 3 ? "8" : "2")
        return slice
      })
    let list = try DICOMSeries.discover(in: [scratch.folder])
    #expect(list.map(\.seriesNumber) == [2, 8] && list.map(\.part) == [nil, nil])
    #expect(list.allSatisfy { $0.problems.isEmpty })
  }

  @Test(
    "b-values as makers wrote them before there was an element for them",
    arguments: [
      ("SIEMENS MR HEADER", DICOMTag(0x0019, 0x0010), DICOMTag(0x0019, 0x100C), "IS", "800"),
      ("GEMS_PARM_01", DICOMTag(0x0043, 0x0010), DICOMTag(0x0043, 0x1039), "IS", "1000000800\\8\\0\\0"),
      ("Philips Imaging DD 001", DICOMTag(0x2001, 0x0010), DICOMTag(0x2001, 0x1003), "DS", "800"),
    ])
  func privateBValues(
    _ creator: String, _ block: DICOMTag, _ tag: DICOMTag, _ vr: String, _ value: String
  ) throws {
    let list = try discover(
      Example(creator, [], volumes: 2) {
        $2.texts[block] = ("LO", creator)
        $2.texts[tag] = (vr, $0 == 0 ? "0" : value)
      })
    #expect(list.map(\.part) == ["b-value 0", "b-value 800"])
  }
}

extension SyntheticSlice {
  fileprivate mutating func echo(number: Int?, time: Double) {
    texts[.echoNumbers] = number.map { ("IS", String($0)) }
    texts[.echoTime] = ("DS", String(time))
  }
}
