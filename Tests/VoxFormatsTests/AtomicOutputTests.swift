import Foundation
import Testing
import VoxFormats
import _VoxTestSupport

@Suite("Output files")
struct AtomicOutputTests {
  @Test("a file appears when it is finished, not before")
  func whole() throws {
    let folder = try TemporaryDirectory()
    let sink = try ByteSink(path: folder.path("a.txt"))
    try sink.write([UInt8](repeating: 7, count: 200_000))
    #expect(try !folder.names.contains("a.txt"))
    try sink.finish()
    #expect(try folder.names == ["a.txt"])
    #expect(try Data(contentsOf: folder.url.appending(path: "a.txt")) == Data(repeating: 7, count: 200_000))
  }

  @Test("a file that is not finished leaves nothing, and the old one stays")
  func abandoned() throws {
    let folder = try TemporaryDirectory()
    _ = try folder.write([1, 2, 3], as: "a.txt")
    func abandon() throws {
      let sink = try ByteSink(path: folder.path("a.txt"))
      try sink.write([UInt8](repeating: 7, count: 200_000))
    }
    try abandon()
    #expect(try folder.names == ["a.txt"])
    #expect(try Data(contentsOf: folder.url.appending(path: "a.txt")) == Data([1, 2, 3]))
  }

  @Test("a name that cannot be created is an error of that kind", arguments: ["missing/a.nii", "."])
  func cannotCreate(name: String) throws {
    let folder = try TemporaryDirectory()
    let error = #expect(throws: FormatError.self) { try ByteSink(path: folder.path(name)) }
    #expect(try #require(error).code == .cannotCreate)
  }

  @Test("a full disk is an error of that kind", .enabled(if: FileManager.default.fileExists(atPath: "/dev/full")))
  func fullDisk() throws {
    let sink = try ByteSink(path: "/dev/full")
    let error = #expect(throws: FormatError.self) {
      try sink.write([UInt8](repeating: 7, count: 200_000))
      try sink.finish()
    }
    #expect(try #require(error).code == .writeFailed)
  }

  @Test("a directory appears as a whole")
  func directory() throws {
    let folder = try TemporaryDirectory()
    let directory = try AtomicDirectory(folder.path("out"))
    try Data([1]).write(to: URL(filePath: directory.file("a.txt")))
    try Data([2]).write(to: URL(filePath: directory.file("sub/b.txt")))
    #expect(try !folder.names.contains("out"))
    try directory.commit()
    #expect(try folder.names == ["out"])
    #expect(FileManager.default.fileExists(atPath: folder.path("out/sub/b.txt")))
  }

  @Test("into a directory that exists files are moved, others stay, folders of the same name are replaced")
  func existingDirectory() throws {
    let folder = try TemporaryDirectory()
    let out = folder.url.appending(path: "out/sub")
    try FileManager.default.createDirectory(at: out, withIntermediateDirectories: true)
    for name in ["out/keep.txt", "out/a.txt", "out/sub/stale.txt"] { _ = try folder.write([9], as: name) }
    let directory = try AtomicDirectory(folder.path("out"))
    try Data([1]).write(to: URL(filePath: directory.file("a.txt")))
    try Data([2]).write(to: URL(filePath: directory.file("sub/b.txt")))
    try directory.commit()
    #expect(try folder.names == ["out"])
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.path("out")).sorted()
    #expect(names == ["a.txt", "keep.txt", "sub"])
    #expect(try FileManager.default.contentsOfDirectory(atPath: out.path(percentEncoded: false)) == ["b.txt"])
    #expect(try Data(contentsOf: folder.url.appending(path: "out/a.txt")) == Data([1]))
  }

  @Test("a directory that is not committed leaves nothing")
  func abandonedDirectory() throws {
    let folder = try TemporaryDirectory()
    func abandon() throws {
      let directory = try AtomicDirectory(folder.path("out"))
      try Data([1]).write(to: URL(filePath: directory.file("sub/a.txt")))
    }
    try abandon()
    #expect(try folder.names == [])
  }

  /// Makes a directory that is full of one file.
  private func fill(_ path: String) throws {
    let directory = try AtomicDirectory(path)
    try Data([1]).write(to: URL(filePath: directory.file("a.txt")))
    try directory.commit()
  }

  @Test(
    "into a directory that exists files are staged inside, whatever it is called", arguments: ["out", "out/.", "link"])
  func stagedInside(name: String) throws {
    let folder = try TemporaryDirectory()
    _ = try folder.write([9], as: "out/keep.txt")
    try FileManager.default.createSymbolicLink(atPath: folder.path("link"), withDestinationPath: "out")
    let path = "\(folder.folder)/\(name)"
    #expect(try AtomicDirectory(path).staging.hasPrefix(path + "/."))
    try fill(path)
    #expect(try folder.names == ["link", "out"])
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path("out")).sorted() == ["a.txt", "keep.txt"])
  }

  @Test("a directory that cannot be made is refused before the work", arguments: ["link", "missing/out", "file/out"])
  func impossibleDirectory(name: String) throws {
    let folder = try TemporaryDirectory()
    _ = try folder.write([9], as: "file")
    try FileManager.default.createSymbolicLink(atPath: folder.path("link"), withDestinationPath: "nowhere")
    let error = #expect(throws: FormatError.self) { try AtomicDirectory("\(folder.folder)/\(name)") }
    #expect(try #require(error).code == .cannotCreate)
    #expect(try folder.names == ["file", "link"])
  }

  @Test("a name too long for the file system is refused before the work")
  func longName() throws {
    let folder = try TemporaryDirectory()
    let (long, possible) = (String(repeating: "n", count: 300), String(repeating: "n", count: 250))
    #expect(throws: FormatError.self) { try AtomicDirectory(folder.path(long)) }
    #expect(throws: FormatError.self) { try ByteSink(path: folder.path(long)) }
    try fill(folder.path(possible))
    #expect(try folder.names == [possible])
  }

  @Test("a file does not take the place of a directory")
  func kinds() throws {
    let folder = try TemporaryDirectory()
    _ = try folder.write([9], as: "out/a.txt/keep")
    let error = #expect(throws: FormatError.self) { try fill(folder.path("out")) }
    #expect(try #require(error).description.hasPrefix(folder.path("out/a.txt") + ":"))
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path("out")) == ["a.txt"])
  }

  @Test("errors name the file that would be, not the hidden one")
  func visibleNames() throws {
    let folder = try TemporaryDirectory()
    let directory = try AtomicDirectory(folder.path("out"))
    #expect(try ByteSink(path: directory.file("a.txt")).name == folder.path("out/a.txt"))
    let error = #expect(throws: FormatError.self) { try ByteSink(path: "\(directory.staging)/none/a.txt") }
    #expect(try #require(error).description.hasPrefix(folder.path("out/none/a.txt") + ":"))
  }

  @Test("several gzip members in a row are one source")
  func members() throws {
    let folder = try TemporaryDirectory()
    var all: [UInt8] = []
    for (index, name) in ["a.gz", "b.gz"].enumerated() {
      let sink = try ByteSink(path: folder.path(name))
      try sink.write([UInt8](repeating: UInt8(index + 1), count: 100_000))
      try sink.finish()
      all += try ByteSource(path: folder.path(name), decompressing: false).rest(upTo: 1 << 20, of: "it")
    }
    let bytes = try ByteSource(all).rest(upTo: 1 << 20, of: "it")
    #expect(bytes == [UInt8](repeating: 1, count: 100_000) + [UInt8](repeating: 2, count: 100_000))
  }

  @Test("a gzip bomb is stopped at the limit")
  func bomb() throws {
    let folder = try TemporaryDirectory()
    let sink = try ByteSink(path: folder.path("bomb.gz"))
    for _ in 0..<64 { try sink.write([UInt8](repeating: 0, count: 1 << 20)) }
    try sink.finish()
    #expect(throws: FormatError.self) { try ByteSource.contents(of: folder.path("bomb.gz"), upTo: 1 << 20) }
  }

  /// Floats as attributions are: noise, with nothing but zeros around it.
  private static func measurements(noisy: Int, zeros: Int) -> [UInt8] {
    var random = SeededGenerator(seed: 7)
    let noise = (0..<noisy).map { _ in Float.random(in: -1...1, using: &random) }
    return (noise + [Float](repeating: 0, count: zeros)).withUnsafeBytes { Array($0) }
  }

  @Test(
    "measurements come back as they were; noise takes hardly more room than it is, zeros nearly none",
    arguments: [(0, 0), (300_000, 0), (0, 300_000), (150_000, 150_000), (10, 1)], [1, 2, 3])
  func measurements(counts: (noisy: Int, zeros: Int), threads: Int) throws {
    let folder = try TemporaryDirectory()
    let bytes = Self.measurements(noisy: counts.noisy, zeros: counts.zeros)
    let sink = try ByteSink(path: folder.path("map.gz"), threads: threads, for: .measurements)
    for start in stride(from: 0, to: bytes.count, by: 70_001) {
      try sink.write(Array(bytes[start..<min(bytes.count, start + 70_001)]))
    }
    try sink.finish()
    let file = try ByteSource(path: folder.path("map.gz"), decompressing: false).rest(upTo: 1 << 24, of: "it")
    #expect(file.count <= 4 * counts.noisy + 4 * counts.noisy / 1000 + counts.zeros / 50 + 64)
    #expect(try ByteSource(path: folder.path("map.gz")).rest(upTo: 1 << 24, of: "it") == bytes)
    let other = try BuiltCommand.shell.run(["-c", "gzip -dc '\(folder.path("map.gz"))'"])
    #expect(other.status == 0 && other.standardOutput == bytes, "\(other.standardError)")
  }
}
