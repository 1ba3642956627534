import Foundation
import Testing
import VoxONNX
import VoxTensor

@Suite struct ExternalDataTests {
  @Test(arguments: [
    ("external", [1, -2, 3] as [Float]), ("external_here", [1, -2, 3]), ("external_no_length", [-2, 3, 0]),
  ])
  func elementsAreReadFromTheFileBeside(_ name: String, _ expected: [Float]) throws {
    let graph = try ONNXModel(contentsOf: Golden.path(name)).graph
    #expect(graph.literal("w")?.values == .floats(expected))
  }

  @Test func aModelInMemoryHasNoFilesBeside() throws {
    let error = #expect(throws: EngineError.self) { try ONNXModel(bytes: Golden.bytes("external")) }
    #expect(error?.code == .unsupported)
  }

  @Test func linksAreFollowedOnlyInsideTheFolder() throws {
    let manager = FileManager.default
    let root = manager.temporaryDirectory.appending(path: UUID().uuidString)
    let folder = root.appending(path: "models")
    try manager.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? manager.removeItem(at: root) }
    let (model, link) = (folder.appending(path: "external_link.onnx"), folder.appending(path: "link.bin"))
    try Golden.bytes("external_link").write(to: model)
    let weights = try Data(contentsOf: Golden.folder.appending(path: "weights.bin"))
    try weights.write(to: root.appending(path: "weights.bin"))
    try weights.write(to: folder.appending(path: "weights.bin"))

    try manager.createSymbolicLink(atPath: link.path, withDestinationPath: "weights.bin")
    #expect(try ONNXModel(contentsOf: model.path).graph.literal("w")?.values == .floats([1, -2, 3]))

    for outside in ["../weights.bin", root.appending(path: "weights.bin").path] {
      try manager.removeItem(at: link)
      try manager.createSymbolicLink(atPath: link.path, withDestinationPath: outside)
      let error = #expect(throws: EngineError.self) { try ONNXModel(contentsOf: model.path) }
      #expect(error?.code == .malformed)
      #expect(error?.message == "external data must lie in the model's folder, found \"link.bin\"")
    }
  }
}
