import Foundation
import VoxFormats
import VoxGrid
import _VoxTestSupport

/// A volume written as a DICOM series into a directory of its own.
struct WrittenSeries {
  let scratch: TemporaryDirectory
  let writer: DerivedSeriesWriter
  /// In the order of the volume's slices.
  let files: [String]

  /// Writes a volume.
  init(
    _ volume: AnyVolume, as series: DerivedSeries = DerivedSeries(.ct), reference: DICOMSeries? = nil, threads: Int = 2
  ) throws {
    scratch = try TemporaryDirectory()
    writer = try DerivedSeriesWriter(reference: reference)
    let directory = try AtomicDirectory(scratch.path("out"))
    try writer.write(volume, as: series, into: directory, threads: threads)
    try directory.commit()
    files = try DICOMData.files(scratch.path("out"))
  }

  /// The elements of every file.
  var headers: [DICOMElements] { get throws { try files.map { try DICOMFile($0, withPixels: true).root } } }

  /// The only series that is found in the directory.
  func read() throws -> ScanImage {
    let found = try DICOMSeries.discover(in: [scratch.folder])
    guard found.count == 1 else { throw Unexpected(description: "expected one series, found \(found.count)") }
    return try found[0].load(threads: 2)
  }

  /// What validators of other people say of the files: lines with `Error`.
  func complaints() throws -> [String] {
    let shell = "for f in out/*; do dciodvfy $f 2>&1; done; dcentvfy out/* 2>&1; true"
    let outcome = try BuiltCommand.shell.run(["-c", shell], in: scratch.url)
    let lines = outcome.text.split(separator: "\n").map(String.init)
    guard lines.contains(where: { ["CTImage", "MRImage", "SCImage"].contains($0) }) else {
      throw Unexpected(description: "the validator did not run: \(outcome.text.prefix(500))")
    }
    return lines.filter { $0.contains("Error") }
  }

  static let canValidate = ["dciodvfy", "dcentvfy"].allSatisfy {
    FileManager.default.isExecutableFile(atPath: "/usr/bin/\($0)")
  }

  struct Unexpected: Error, CustomStringConvertible { let description: String }
}

extension Affine {
  /// Axis-aligned and then turned, with different spacings: 0.7, 1.3 and 2.1 mm.
  static func oblique(_ orientation: Orientation, degrees: Double) -> Affine {
    let (c, s) = (cos(degrees * .pi / 180), sin(degrees * .pi / 180))
    // A turn about x, then one about z.
    func turned(_ v: SIMD3<Double>) -> SIMD3<Double> {
      let a = SIMD3(v.x, c * v.y - s * v.z, s * v.y + c * v.z)
      return SIMD3(c * a.x - s * a.y, s * a.x + c * a.y, a.z)
    }
    var affine = Affine(x: .zero, y: .zero, z: .zero, t: [-31.25, 47.123456789, 1234.5678901234])
    for axis in 0..<3 {
      var step = SIMD3<Double>.zero
      step[orientation.axes[axis]] = Double(orientation.signs[axis]) * [0.7, 1.3, 2.1][axis]
      affine[axis] = turned(step)
    }
    return affine
  }
}
