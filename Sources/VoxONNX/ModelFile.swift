import Foundation
import SwiftProtobuf
import VoxTensor

/// A decoded file: its header, and the graph as the file writes it.
struct ModelFile {
  let opset: Int
  let producer: String
  let metadata: [String: String]
  private var graph: ONNXGraphProto
  private let folder: String?
  /// For every initializer its elements, or `nil` where they are in the graph.
  private var elements: [ElementBytes?] = []

  /// Reads a file without its large weights, which are read when the graph is imported.
  ///
  /// - Parameter least: how many bytes are large.
  init(contentsOf path: String, leavingInFile least: Int = ModelOutline.largeElements) throws(EngineError) {
    let url = URL(fileURLWithPath: path)
    let folder = url.deletingLastPathComponent().path
    if let file = WeightFile(path: path), let outline = try ModelOutline(file, leaving: least) {
      try self.init(bytes: outline.bytes, folder: folder)
      elements = outline.elements.map { $0.map { .inFile(file, $0) } }
      return
    }
    let bytes: Data
    do {
      bytes = try Data(contentsOf: url, options: .mappedIfSafe)
    } catch {
      throw EngineError(.unreadable, "cannot read the file: \(error.localizedDescription)")
    }
    try self.init(bytes: bytes, folder: folder)
  }

  /// Decodes the bytes of a file.
  ///
  /// - Parameter folder: where external data lies; `nil` where there is none.
  init(bytes: Data, folder: String?) throws(EngineError) {
    var options = BinaryDecodingOptions()
    options.discardUnknownFields = true
    var model: ONNXModelProto
    do {
      model = try ONNXModelProto(serializedBytes: bytes, options: options)
    } catch {
      throw EngineError(.malformed, "expected an ONNX model, found bytes that do not decode as one (\(error))")
    }
    guard model.hasGraph else { throw EngineError(.malformed, "expected an ONNX model, found no graph in it") }
    graph = model.graph
    model.clearGraph()
    self.folder = folder

    let versions = model.opsetImport.filter { isDefaultDomain($0.domain) }.map(\.version)
    guard let version = versions.first, versions.allSatisfy({ $0 == version }) else {
      throw EngineError(.malformed, "expected one version of the default operator set, found \(versions)")
    }
    opset = Int(version)
    producer = [model.producerName, model.producerVersion].filter { !$0.isEmpty }.joined(separator: " ")
    metadata = Dictionary(model.metadataProps.map { ($0.key, $0.value) }, uniquingKeysWith: { _, last in last })
  }

  /// Number of nodes per operator; operators of other domains are named `domain.operator`.
  var operatorCounts: [String: Int] {
    graph.node.reduce(into: [:]) { counts, node in
      counts[isDefaultDomain(node.domain) ? node.opType : "\(node.domain).\(node.opType)", default: 0] += 1
    }
  }

  /// Reads the graph, giving up the file's copy of the weights on the way.
  mutating func importGraph() throws(EngineError) -> GraphImporter {
    // Moved out, so that each weight is freed as soon as it is read.
    var source = ONNXGraphProto()
    swap(&source, &graph)
    var importer = GraphImporter(opset: opset, files: ExternalFiles(folder: folder))
    try importer.importGraph(&source, elements)
    return importer
  }
}

/// Whether a domain is the one of ONNX's own operators.
func isDefaultDomain(_ domain: String) -> Bool { domain.isEmpty || domain == "ai.onnx" }
