import Foundation

/// The small files in `Golden/onnx`.
enum Golden {
  static let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../Golden/onnx")
    .standardized

  static func path(_ name: String) -> String { folder.appending(path: "\(name).onnx").path }

  static func bytes(_ name: String) throws -> Data { try Data(contentsOf: folder.appending(path: "\(name).onnx")) }
}
