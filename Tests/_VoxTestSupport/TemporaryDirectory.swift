public import Foundation

/// A directory of its own for one test, removed with everything in it when the test ends.
public final class TemporaryDirectory: Sendable {
  /// Where it is.
  public let url: URL

  public init() throws {
    url = FileManager.default.temporaryDirectory.appending(path: "voxplain-test-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: url) }

  /// Its path.
  public var folder: String { url.path(percentEncoded: false) }

  /// The path of a file in the directory.
  public func path(_ name: String) -> String { url.appending(path: name).path(percentEncoded: false) }

  /// Writes a file, and the folders it lies in.
  public func write(_ bytes: [UInt8], as name: String) throws -> String {
    let file = url.appending(path: name)
    try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(bytes).write(to: file)
    return path(name)
  }

  /// Everything in the directory, hidden files included, sorted.
  public var names: [String] {
    get throws { try FileManager.default.contentsOfDirectory(atPath: folder).sorted() }
  }
}
