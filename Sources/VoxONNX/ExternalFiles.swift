import Foundation
import VoxTensor

/// The files beside a model that hold tensors too large for it.
///
/// A location is relative to the model's folder and stays inside it, also after symbolic links are followed.
///
/// - Source: <https://onnx.ai/onnx/repo-docs/ExternalData.html>
struct ExternalFiles {
  private let folder: String?
  private var opened: [String: Data] = [:]

  /// - Parameter folder: the model's folder; `nil` where the model did not come from a file.
  init(folder: String?) { self.folder = folder }

  /// The bytes that a tensor of external data names.
  ///
  /// - Throws: `malformed` for a location outside the folder or a range outside the file, `unreadable` for a missing file.
  mutating func bytes(_ entries: [ONNXStringStringEntryProto]) throws(EngineError) -> Data {
    let entries = Dictionary(entries.map { ($0.key, $0.value) }, uniquingKeysWith: { first, _ in first })
    guard let location = entries["location"], !location.isEmpty else {
      throw EngineError(.malformed, "expected a location of the external data, found none")
    }
    let file = try open(location)
    let offset = try number(entries["offset"], "offset") ?? 0
    guard offset <= file.count else {
      throw EngineError(
        .malformed, "external data starts at byte \(offset) of \"\(location)\", which has \(file.count)")
    }
    let length = try number(entries["length"], "length") ?? file.count - offset
    guard length <= file.count - offset else {
      throw EngineError(
        .malformed, "expected \(length) bytes from byte \(offset) of \"\(location)\", found \(file.count - offset)")
    }
    return file[file.startIndex + offset..<file.startIndex + offset + length]
  }

  private func number(_ text: String?, _ key: String) throws(EngineError) -> Int? {
    guard let text else { return nil }
    guard let number = Int(text), number >= 0 else {
      throw EngineError(.malformed, "expected a number of bytes as the external data's \(key), found \"\(text)\"")
    }
    return number
  }

  private mutating func open(_ location: String) throws(EngineError) -> Data {
    if let data = opened[location] { return data }
    guard let folder else {
      throw EngineError(.unsupported, "external data needs a model that is read from a file, found one in memory")
    }
    let outside = EngineError(.malformed, "external data must lie in the model's folder, found \"\(location)\"")
    guard !location.hasPrefix("/"), !location.split(separator: "/").contains("..") else { throw outside }
    let root = URL(fileURLWithPath: folder, isDirectory: true).resolvingSymlinksInPath()
    let file = root.appendingPathComponent(location).resolvingSymlinksInPath()
    guard file.pathComponents.starts(with: root.pathComponents), file.pathComponents.count > root.pathComponents.count
    else {
      throw outside
    }
    do {
      let data = try Data(contentsOf: file, options: .mappedIfSafe)
      opened[location] = data
      return data
    } catch {
      throw EngineError(.unreadable, "cannot read the external data \"\(location)\": \(error.localizedDescription)")
    }
  }
}
