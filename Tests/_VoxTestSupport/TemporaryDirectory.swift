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

  /// The path of a file in the directory.
  public func path(_ name: String) -> String { url.appending(path: name).path(percentEncoded: false) }

  /// Writes a file.
  public func write(_ bytes: [UInt8], as name: String) throws -> String {
    try Data(bytes).write(to: url.appending(path: name))
    return path(name)
  }

  /// Everything in the directory, hidden files included, sorted.
  public var names: [String] {
    get throws { try FileManager.default.contentsOfDirectory(atPath: url.path(percentEncoded: false)).sorted() }
  }
}
