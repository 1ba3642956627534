public import Foundation
public import VoxTensor

/// A network read from an ONNX file: its graph with every weight, ready to be compiled.
///
/// - Source: <https://onnx.ai/onnx/repo-docs/IR.html>
public struct ONNXModel: Sendable {
  /// Versions of ONNX's default operator set that are understood.
  public static let opsets = 9...21

  /// Operators in order of execution.
  public let graph: Graph
  /// Version of the default operator set that the file asks for.
  public let opset: Int
  /// Name and version of the program that wrote the file; may be empty.
  public let producer: String
  /// The file's `metadata_props`; a model card stands under the key `voxplain`.
  public let metadata: [String: String]

  /// Reads a file and the files of external data beside it.
  ///
  /// - Throws: `unreadable` where a file cannot be read, `malformed` where it breaks ONNX's rules, `unsupported` where it
  ///   uses an operator, an attribute or a type that this engine does not know.
  /// - Complexity: O(size of the file); weights are held once where they are large 32-bit floats among
  ///   the initializers' bytes, else twice while they are read.
  public init(contentsOf path: String) throws(EngineError) {
    try self.init(contentsOf: path, leavingInFile: ModelOutline.largeElements)
  }

  /// Reads a file; see ``init(contentsOf:)``.
  ///
  /// - Parameter least: elements of initializers of as many bytes or more are read last, straight from the file.
  package init(contentsOf path: String, leavingInFile least: Int) throws(EngineError) {
    do throws(EngineError) {
      try self.init(ModelFile(contentsOf: path, leavingInFile: least))
    } catch {
      throw error.inside(.file(path))
    }
  }

  /// Reads the bytes of a file; external data is refused, since there is no folder it could lie in.
  ///
  /// - Throws: `malformed` or `unsupported`, as for a file.
  public init(bytes: Data) throws(EngineError) { try self.init(ModelFile(bytes: bytes, folder: nil)) }

  private init(_ file: consuming ModelFile) throws(EngineError) {
    (opset, producer, metadata) = (file.opset, file.producer, file.metadata)
    let importer = try file.importGraph()
    if let error = importer.unsupported.first { throw error }
    graph = importer.graph
  }
}
