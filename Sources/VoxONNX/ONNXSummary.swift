public import Foundation
public import VoxTensor

/// What an ONNX file holds and everything in it that this engine does not know, without running anything.
public struct ONNXSummary: Sendable {
  /// Version of the default operator set that the file asks for.
  public let opset: Int
  /// Name and version of the program that wrote the file; may be empty.
  public let producer: String
  /// The file's `metadata_props`; a model card stands under the key `voxplain`.
  public let metadata: [String: String]
  /// Number of nodes per operator.
  public let operators: [String: Int]
  /// What the network reads.
  public let inputs: [Graph.Port]
  /// What the network makes.
  public let outputs: [Graph.Port]
  /// One error per unsupported node, attribute, type or feature, in order of execution; empty where the file can be loaded.
  public let unsupported: [EngineError]

  /// Reads a file and the files of external data beside it.
  ///
  /// - Throws: `unreadable` or `malformed`, as ``ONNXModel/init(contentsOf:)``.
  public init(contentsOf path: String) throws(EngineError) {
    do throws(EngineError) {
      try self.init(ModelFile(contentsOf: path))
    } catch {
      throw error.inside(.file(path))
    }
  }

  /// Reads the bytes of a file.
  ///
  /// - Throws: `malformed`, as ``ONNXModel/init(bytes:)``.
  public init(bytes: Data) throws(EngineError) { try self.init(ModelFile(bytes: bytes, folder: nil)) }

  private init(_ file: consuming ModelFile) throws(EngineError) {
    (opset, producer, metadata, operators) = (file.opset, file.producer, file.metadata, file.operatorCounts)
    let importer = try file.importGraph()
    (inputs, outputs, unsupported) = (importer.graph.inputs, importer.graph.outputs, importer.unsupported)
  }
}
