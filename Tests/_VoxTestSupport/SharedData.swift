public import Foundation

/// Real data that lies beside the repository, in `../shared/data`, and is never part of it.
public enum SharedData {
  /// The folder, whether it exists or not.
  public static let root = URL(filePath: #filePath).resolvingSymlinksInPath()
    .deletingLastPathComponent().appending(path: "../../../shared/data").standardized

  /// The place of a file in the folder.
  public static func url(_ path: String) -> URL { root.appending(path: path) }

  /// The path of a file in the folder.
  public static func path(_ path: String) -> String { url(path).path(percentEncoded: false) }

  /// Whether a file is there; for `.enabled(if:)` of a test that needs it.
  public static func has(_ path: String) -> Bool {
    FileManager.default.fileExists(atPath: Self.path(path))
  }
}
