import Glibc
import Testing
import VoxFormats
import _VoxTestSupport

@Suite("finding DICOM files")
struct DICOMDiscoveryTests {
  /// A directory with 40 slices in two series, in subdirectories.
  private func scan() throws -> TemporaryDirectory {
    let scratch = try TemporaryDirectory()
    for index in 0..<40 {
      var slice = SyntheticSlice(at: Double(index / 2), instance: index)
      slice.texts[.seriesInstanceUID] = ("UI", "1.2.3.\(index % 2)")
      _ = try scratch.write(slice.bytes, as: "\(index % 5)/\(index).dcm")
    }
    return scratch
  }

  private func content(_ series: [DICOMSeries]) -> [[String]] { series.map { $0.slices.map(\.path) } }

  @Test("neither threads nor the order of names change the result")
  func order() throws {
    let scratch = try scan()
    let expected = content(try DICOMDiscovery(in: [scratch.folder]).series)
    #expect(expected.map(\.count) == [20, 20])
    for threads in [2, 3, 100] {
      #expect(content(try DICOMDiscovery(in: [scratch.folder], threads: threads).series) == expected)
    }
    let parts = (0..<5).map { scratch.path("\($0)") }
    let base = content(try DICOMDiscovery(in: parts).series)
    #expect(content(try DICOMDiscovery(in: parts.reversed(), threads: 2).series) == base)
  }

  @Test("a damaged file in a directory is a problem, a named one an error")
  func damage() throws {
    let scratch = try scan()
    let whole = try SyntheticSlice(at: 0).bytes
    let damaged = try scratch.write(Array(whole.dropLast(10)), as: "3/damaged.dcm")
    let found = try DICOMDiscovery(in: [scratch.folder], threads: 2)
    #expect(found.series.map(\.slices.count) == [20, 20])
    #expect(found.problems.count == 1)
    #expect(found.problems.first?.code == .malformed)
    #expect(found.problems.first?.description.contains("3/damaged.dcm") == true)
    #expect(found.problems(beside: found.series[0]).count == 1)

    for call in [{ _ = try DICOMDiscovery(in: [damaged]) }, { _ = try DICOMSeries.discover(in: [scratch.folder]) }] {
      let error = #expect(throws: FormatError.self) { try call() }
      #expect(error?.code == .malformed && error?.description.contains("damaged.dcm") == true)
    }
  }

  @Test("a problem in another directory is not beside a series")
  func elsewhere() throws {
    let scratch = try scan()
    let whole = try SyntheticSlice(at: 0).bytes
    _ = try scratch.write(Array(whole.dropLast(10)), as: "other/damaged.dcm")
    let found = try DICOMDiscovery(in: [scratch.folder])
    #expect(found.problems.count == 1)
    #expect(found.series.allSatisfy { found.problems(beside: $0).isEmpty })
  }

  @Test("links that lead in circles or nowhere, twins and what is no file")
  func links() throws {
    let scratch = try scan()
    #expect(symlink(scratch.folder, scratch.path("0/circle")) == 0)
    #expect(symlink("../1/1.dcm", scratch.path("0/again.dcm")) == 0)
    #expect(link(scratch.path("2/2.dcm"), scratch.path("2/twin.dcm")) == 0)
    #expect(mkfifo(scratch.path("3/pipe.dcm"), 0o600) == 0)
    let found = try DICOMDiscovery(in: [scratch.folder, scratch.path("0"), scratch.path("4/4.dcm")])
    #expect(found.series.map(\.slices.count) == [20, 20])
    #expect(found.problems.isEmpty)

    #expect(symlink("nowhere", scratch.path("4/gone.dcm")) == 0)
    let dangling = try DICOMDiscovery(in: [scratch.folder])
    #expect(dangling.series.map(\.slices.count) == [20, 20])
    #expect(dangling.problems.map(\.code) == [.unreadable])
    #expect(throws: FormatError.self) { try DICOMDiscovery(in: [scratch.path("4/gone.dcm")]) }
    #expect(throws: FormatError.self) { try DICOMDiscovery(in: [scratch.path("missing")]) }
  }

  @Test("a DICOMDIR is passed over, even a damaged one", arguments: ["DICOMDIR", "dicomdir"])
  func directoryFile(_ name: String) throws {
    let scratch = try scan()
    let builder = try DICOMBuilder()
    try builder.set(.sopClassUID, "UI", "1.2.840.10008.1.3.10")
    try builder.set(.sopInstanceUID, "UI", "1.2.3.4.99")
    var bytes: [UInt8] = []
    try builder.encoded { bytes = Array($0) }
    for count in [bytes.count, bytes.count - 3] {
      _ = try scratch.write(Array(bytes.prefix(count)), as: name)
      let found = try DICOMDiscovery(in: [scratch.folder])
      #expect(found.series.map(\.slices.count) == [20, 20] && found.problems.isEmpty)
    }
  }
}
