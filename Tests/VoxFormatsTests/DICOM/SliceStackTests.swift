import Testing
import VoxFormats
import VoxGrid
import _VoxTestSupport

@Suite("geometry of slices")
struct SliceStackTests {
  /// Slices at depths, or where `change` puts them; the directory lives as long as the result.
  private func series(
    at depths: [Double], _ change: (Int, inout SyntheticSlice) -> Void = { _, _ in }
  ) throws -> (scratch: TemporaryDirectory, series: DICOMSeries) {
    let scratch = try TemporaryDirectory()
    try scratch.write(
      depths.enumerated().map { index, depth in
        var slice = SyntheticSlice(at: depth, instance: index)
        change(index, &slice)
        return slice
      })
    let list = try DICOMSeries.discover(in: [scratch.folder])
    try #require(list.count == 1)
    return (scratch, list[0])
  }

  /// A problem without the directory, as a test states it.
  private func short(_ problem: DICOMSeriesProblem) -> String {
    func name(_ path: String) -> String { String(path.dropLast(4).split(separator: "/").last ?? "") }
    func tenths(_ value: Double) -> String { String((value * 10).rounded() / 10) }
    return switch problem {
    case .unusable: "unusable"
    case .noPlane(let file): "no plane \(name(file))"
    case .unknownThickness(let file): "no thickness \(name(file))"
    case .duplicatePosition(let first, let second, let isCopy):
      "\(isCopy ? "copy" : "duplicate") \(name(first)) \(name(second))"
    case .gantryTilt(let degrees, _): "tilt \(tenths(degrees))"
    case .misaligned(let file, let millimetres): "\(name(file)) off by \(tenths(millimetres))"
    case .missingSlices(let gap, let count): "\(count) missing \(name(gap.after))-\(name(gap.before))"
    case .irregularSpacing(let gap): "irregular \(gap)"
    }
  }

  struct Finding: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let depths: [Double]
    let problems: [String]
    var change: @Sendable (Int, inout SyntheticSlice) -> Void = { _, _ in }
  }

  private static func shear(_ slope: SIMD2<Double>) -> @Sendable (Int, inout SyntheticSlice) -> Void {
    { _, slice in
      slice.position.x += slope.x * slice.position.z
      slice.position.y += slope.y * slice.position.z
    }
  }

  static let findings: [Finding] = [
    Finding(testDescription: "two gaps", depths: [0, 2, 6, 8, 14, 16], problems: ["1 missing 1-2", "2 missing 3-4"]),
    Finding(testDescription: "a gap of two steps", depths: [0, 2, 6], problems: ["1 missing 1-2"]),
    Finding(
      testDescription: "gaps between rounded positions", depths: [0, 0.33, 0.67, 1, 3.33, 3.67, 4],
      problems: ["6 missing 3-4"]),
    Finding(
      testDescription: "three runs", depths: [0, 4, 8, 9, 16, 23],
      problems: ["irregular 2 x 4.0, 1 x 1.0, 2 x 7.0 mm"]),
    Finding(testDescription: "a tilt", depths: [0, 2, 4, 6], problems: ["tilt 26.6"], change: shear([0, 0.5])),
    Finding(
      testDescription: "a tilt both ways", depths: [0, 2, 4], problems: ["tilt 26.6"], change: shear([0.3, -0.4])),
    Finding(testDescription: "two tilted slices", depths: [0, 2], problems: ["tilt 45.0"], change: shear([1, 0])),
    Finding(
      testDescription: "a tilt and a gap", depths: [0, 2, 6, 8], problems: ["tilt 26.6", "1 missing 1-2"],
      change: shear([0, 0.5])),
    Finding(
      testDescription: "a tilt and three runs", depths: [0, 4, 8, 9, 16, 23],
      problems: ["tilt 5.7", "irregular 2 x 4.0, 1 x 1.0, 2 x 7.0 mm"], change: shear([0, 0.1])),
    Finding(
      testDescription: "two slices out of line", depths: [0, 2, 4, 6, 8, 10, 12],
      problems: ["2 off by 0.3", "5 off by 1.0"]
    ) {
      $1.position.x += $0 == 2 ? 0.3 : 0
      $1.position.y += $0 == 5 ? 1 : 0
    },
    Finding(
      testDescription: "a first slice out of line", depths: [0, 2, 4, 6, 8], problems: ["0 off by 0.5"]
    ) { if $0 == 0 { $1.position.x += 0.5 } },
    Finding(
      testDescription: "a slice out of a tilted line", depths: [0, 2, 4, 6, 8, 10],
      problems: ["tilt 26.6", "3 off by 0.4"]
    ) {
      $1.position.y += Double($0) + ($0 == 3 ? 0.4 : 0)
    },
    Finding(
      testDescription: "duplicates, a copy and a gap", depths: [0, 2, 2.01, 4, 4, 10, 12],
      problems: ["duplicate 1 2", "copy 3 4", "2 missing 3-5"]
    ) { if $0 == 4 { $1.texts[.sopInstanceUID] = ("UI", "1.2.3.4.3") } },
    Finding(testDescription: "one slice twice", depths: [3, 3], problems: ["duplicate 0 1"]),
    Finding(testDescription: "a single slice", depths: [3], problems: ["no thickness 0"]),
    Finding(testDescription: "different rescale", depths: [0, 2, 4], problems: []) {
      $1.texts[.rescaleSlope] = ("DS", String($0 + 1))
    },
    Finding(testDescription: "the tilt tag", depths: [0, 2, 4], problems: []) {
      $1.texts[DICOMTag(0x0018, 0x1120)] = ("DS", "20")
    },
    Finding(testDescription: "jitter", depths: [0, 2.02, 3.98, 6.01, 8], problems: []) {
      $1.position.x += [0.02, -0.02, 0, 0.02, -0.01][$0]
    },
    // A quarter of a pixel is the tolerance here.
    Finding(testDescription: "micro-CT", depths: [0, 0.02, 0.04, 0.08], problems: ["1 missing 2-3"]) {
      $1.texts[.pixelSpacing] = ("DS", "0.02\\0.02")
    },
    Finding(
      testDescription: "a kind that is not read, and a tilt", depths: [0, 2, 4], problems: ["unusable", "tilt 45.0"]
    ) {
      $1.position.x += $1.position.z
      if $0 > 0 { $1.numbers[.samplesPerPixel] = 3 }
    },
  ]

  @Test("every problem is found, with its files", arguments: findings)
  func problems(_ expected: Finding) throws {
    let (scratch, series) = try series(at: expected.depths, expected.change)
    defer { withExtendedLifetime(scratch) {} }
    #expect(series.problems.map(short) == expected.problems)
    #expect((series.grid == nil) == !expected.problems.isEmpty)
    #expect(series.summary.problems.count == expected.problems.count)
    #expect(series.summary.problems.allSatisfy { $0.contains(scratch.folder) })
  }

  @Test("a list of problems has an end")
  func manyProblems() throws {
    let (scratch, series) = try series(at: (0..<40).map { Double($0 / 2 * 2) })
    defer { withExtendedLifetime(scratch) {} }
    #expect(series.problems.count == 20)
    #expect(series.summary.problems.count == 13 && series.summary.problems.last == "8 more problems")
  }

  /// Options and what becomes of a stack with them: a part of the error, or of each warning.
  struct Policy: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let depths: [Double]
    let slope: SIMD2<Double>
    let tilt: TiltPolicy
    let irregular: IrregularPolicy
    let error: String?
    var warnings: [String] = []
  }

  @Test(
    "what is corrected and what refused is up to the options",
    arguments: [
      Policy(
        testDescription: "tilt", depths: [0, 2, 4], slope: [0, 1], tilt: .correct, irregular: .error, error: nil,
        warnings: ["gantry tilt of 45.0 degrees"]),
      Policy(
        testDescription: "tilt refused", depths: [0, 2, 4], slope: [0, 1], tilt: .error, irregular: .resample,
        error: "--tilt correct"),
      Policy(
        testDescription: "gap refused", depths: [0, 2, 6], slope: .zero, tilt: .correct, irregular: .error,
        error: "--irregular resample"),
      Policy(
        testDescription: "gap", depths: [0, 2, 6], slope: .zero, tilt: .error, irregular: .resample, error: nil,
        warnings: ["the gap of 4.0 mm was interpolated"]),
      Policy(
        testDescription: "irregular refused", depths: [0, 2, 5], slope: .zero, tilt: .correct, irregular: .error,
        error: "--irregular resample"),
      Policy(
        testDescription: "irregular", depths: [0, 2, 5], slope: .zero, tilt: .error, irregular: .resample, error: nil,
        warnings: ["interpolated to steps of 2.0 mm"]),
      Policy(
        testDescription: "both", depths: [0, 2, 5], slope: [1, 0], tilt: .correct, irregular: .resample, error: nil,
        warnings: ["gantry tilt", "irregular spacing of 1 x 2.0, 1 x 3.0 mm"]),
      Policy(
        testDescription: "both, one refused", depths: [0, 2, 5], slope: [1, 0], tilt: .correct, irregular: .error,
        error: "--irregular resample"),
      Policy(
        testDescription: "duplicates", depths: [0, 2, 2], slope: .zero, tilt: .correct, irregular: .resample,
        error: "same place"),
    ])
  func policies(_ policy: Policy) throws {
    let (scratch, series) = try series(at: policy.depths, Self.shear(policy.slope))
    defer { withExtendedLifetime(scratch) {} }
    let options = DICOMLoadOptions(threads: 2, tilt: policy.tilt, irregular: policy.irregular)
    #expect(series.problems.contains { $0.prevents(options) } == (policy.error != nil))
    if let message = policy.error {
      let error = #expect(throws: FormatError.self) { try series.load(options) }
      #expect(error?.message.contains(message) == true, "\(error as Any)")
      return
    }
    let image = try series.load(options)
    #expect(image.volume.grid.affine.shear < 1e-12)
    #expect(image.warnings.count == policy.warnings.count)
    for (warning, expected) in zip(image.warnings, policy.warnings) { #expect(warning.contains(expected)) }
    guard case .float32(let volume) = image.volume else {
      Issue.record("expected floats")
      return
    }
    // The first slice keeps its values; pixel (3, 2) of it lies at the same place.
    let inverse = try #require(volume.grid.affine.inverse)
    let index = inverse(SIMD3(10 - 3 * 0.5, 20 - 2 * 2, 0))
    #expect((index - index.rounded(.toNearestOrEven)).length < 1e-9)
    #expect(volume[Int(index.x.rounded()), Int(index.y.rounded()), 0] == 11 - 1024)
  }

  @Test("a stack that is too large to resample is refused, however it got its positions")
  func absurd() throws {
    for far in ["1e9", "1e200", "1e308"] {
      let (scratch, series) = try series(at: [0, 2, 4]) {
        if $0 == 2 { $1.texts[.imagePositionPatient] = ("DS", "-10\\-20\\\(far)") }
      }
      defer { withExtendedLifetime(scratch) {} }
      #expect(!series.problems.isEmpty)
      #expect(throws: FormatError.self) { try series.load(DICOMLoadOptions(irregular: .resample)) }
    }
    let (scratch, tilted) = try series(at: [0, 2, 4], Self.shear([0, 1]))
    defer { withExtendedLifetime(scratch) {} }
    let error = #expect(throws: FormatError.self) { try tilted.load(DICOMLoadOptions(maxVoxels: 50)) }
    #expect(error?.message.contains("50") == true)
  }

  @Test(
    "any orientation gives a right-handed grid with every pixel where it is",
    arguments: [
      "1\\0\\0\\0\\1\\0", "-1\\0\\0\\0\\1\\0", "1\\0\\0\\0\\-1\\0", "-1\\0\\0\\0\\-1\\0", "0\\1\\0\\0\\0\\-1",
      "0\\-1\\0\\0\\0\\1", "1\\0\\0\\0\\0\\-1", "0\\0\\1\\-0.6\\0.8\\0",
    ], [false, true])
  func handedness(_ cosines: String, isReversed: Bool) throws {
    let numbers = cosines.split(separator: "\\").compactMap { Double($0) }
    let (row, column) = (SIMD3(numbers[0], numbers[1], numbers[2]), SIMD3(numbers[3], numbers[4], numbers[5]))
    let normal = row.cross(column)
    let (scratch, series) = try series(at: [0, 1, 2, 3]) { index, slice in
      slice.texts[.imageOrientationPatient] = ("DS", cosines)
      let depth = Double(isReversed ? 3 - index : index)
      slice.position = SIMD3(4, 5, 6) + normal * (1.5 * depth)
      slice.pixels[0] = UInt16(1024 + depth)
    }
    defer { withExtendedLifetime(scratch) {} }
    let volume = try series.load().volume
    #expect(volume.grid.affine.determinant > 0)
    #expect((0..<4).map { volume.float[0, 0, $0] } == [0, 1, 2, 3])
    for k in 0..<4 {
      let inPlane: SIMD3<Double> = row * (3 * 0.5) + column * (2 * 2)
      let lps = SIMD3(4, 5, 6) + inPlane + normal * (1.5 * Double(k))
      #expect((volume.grid.affine([3, 2, Double(k)]) - lps * SIMD3(-1, -1, 1)).length < 1e-9)
    }
  }
}
