import Foundation
import Testing
import VoxONNX
import VoxTensor
import _VoxTestSupport

/// A file whose weights are read straight from it is what it is when all of it is decoded at once.
@Suite struct WeightsInFileTests {
  @Test(arguments: [
    "initializers", "constants", "default_input", "unsorted", "small_network", "attention_network", "mask_network",
    "two_images",
  ])
  func graphsAreTheSame(_ name: String) throws {
    let (path, bytes) = (Golden.path(name), try Golden.bytes(name))
    for least in [1, 64, 1 << 12] {
      #expect(
        outcome { try ONNXModel(contentsOf: path, leavingInFile: least) } == outcome { try ONNXModel(bytes: bytes) })
    }
  }

  @Test(arguments: ["initializers", "small_network", "two_images"])
  func damageHasTheSameOutcome(_ name: String) throws {
    let bytes = try [UInt8](Golden.bytes(name))
    let folder = try TemporaryDirectory()
    let path = folder.path("damaged.onnx")
    var generator = SeededGenerator(seed: 5)
    var loaded = 0
    for round in 0..<2000 {
      var damaged = bytes
      let position = Int.random(in: damaged.indices, using: &generator)
      let value = UInt8.random(in: .min ... .max, using: &generator)
      switch round % 5 {
      case 0: damaged[position] = value
      case 1: damaged[position] ^= 1 << (value % 8)
      case 2: damaged.insert(value, at: position)
      case 3: damaged.remove(at: position)
      default: damaged.removeSubrange(position...)
      }
      try Data(damaged).write(to: URL(filePath: path))
      let whole = outcome { try ONNXModel(bytes: Data(damaged)) }
      #expect(outcome { try ONNXModel(contentsOf: path, leavingInFile: 1) } == whole, "round \(round)")
      if whole.error == nil { loaded += 1 }
    }
    #expect(loaded > 0 && loaded < 2000)
  }

  /// The last one counts; so says the encoding.
  @Test func elementsThatAreThereTwiceAreTheLastOnes() throws {
    func field(_ number: UInt8, _ content: [UInt8]) -> [UInt8] { [number << 3 | 2, UInt8(content.count)] + content }
    func floats(_ values: [Float]) -> [UInt8] {
      values.flatMap { withUnsafeBytes(of: $0.bitPattern.littleEndian, Array.init) }
    }
    let port = field(1, Array("x".utf8)) + field(2, field(1, [8, 1] + field(2, field(1, [8, 2]))))
    let folder = try TemporaryDirectory()
    let path = folder.path("twice.onnx")
    for (first, second) in [([1, 2], [3, 4]), ([1, 2, 3], [4, 5]), ([1], [2, 3])] as [([Float], [Float])] {
      let tensor =
        [8, 2, 16, 1] + field(8, Array("w".utf8)) + field(9, floats(first)) + field(9, floats(second))
      let graph = field(5, tensor) + field(11, port) + field(12, port)
      let model = [8, 8] + field(8, [16, 17]) + field(7, graph)
      try Data(model).write(to: URL(filePath: path))
      for least in [1, 9, 1000] {
        let found = try ONNXModel(contentsOf: path, leavingInFile: least).graph.literal("w")
        #expect(found?.values == .floats(second), "elements of \(least) bytes are left in the file")
      }
    }
  }

  private struct Outcome: Equatable {
    var error: EngineError.Code?
    var nodes: [String] = []
    var literals: [String: [UInt8]] = [:]
  }

  private func outcome(_ load: () throws -> ONNXModel) -> Outcome {
    do {
      let graph = try load().graph
      let literals = graph.literals.map { value, literal in
        // Bits, since damaged elements may be NaN.
        (graph.names[value.index], literal.shape.extents.flatMap(bits) + literal.floats.flatMap { bits($0.bitPattern) })
      }
      return Outcome(
        nodes: graph.nodes.map(\.name), literals: Dictionary(literals, uniquingKeysWith: { first, _ in first }))
    } catch {
      return Outcome(error: (error as? EngineError)?.code)
    }
  }

  private func bits(_ value: some FixedWidthInteger) -> [UInt8] { withUnsafeBytes(of: value.littleEndian, Array.init) }
}
