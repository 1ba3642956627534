import Foundation
import Testing
import VoxONNX
import VoxTensor
import _VoxTestSupport

/// Damaged files load or throw; they never trap.
@Suite struct DamagedFileTests {
  @Test func truncationAtEveryByteThrowsOrLoads() throws {
    let bytes = try Golden.bytes("initializers")
    var thrown = 0
    for length in 0..<bytes.count where !loads(bytes.prefix(length)) { thrown += 1 }
    #expect(loads(bytes))
    // Only a cut between two trailing fields can leave a model.
    #expect(thrown > bytes.count * 9 / 10)
  }

  @Test(
    arguments: [
      "initializers", "constants", "default_input", "unsorted", "small_network", "attention_network", "mask_network",
    ])
  func mutationsThrowOrCompile(_ name: String) throws {
    let bytes = try [UInt8](Golden.bytes(name))
    var generator = SeededGenerator(seed: UInt64(name.count))
    var thrown = 0
    for _ in 0..<3000 {
      var damaged = bytes
      for _ in 0...Int.random(in: 0...3, using: &generator) {
        let position = Int.random(in: damaged.indices, using: &generator)
        let value = UInt8.random(in: .min ... .max, using: &generator)
        switch Int.random(in: 0...3, using: &generator) {
        case 0: damaged[position] = value
        case 1: damaged[position] ^= 1 << (value % 8)
        case 2: damaged.insert(value, at: position)
        default: damaged.remove(at: position)
        }
      }
      if !loads(Data(damaged)) { thrown += 1 }
    }
    #expect(loads(Data(bytes)))
    #expect(thrown > 0 && thrown < 3000)
  }

  @Test func nodesOfLiteralsAreCheckedBeforeTheyAreComputed() throws {
    let graph = try ONNXModel(contentsOf: Golden.path("literal_node")).graph
    let error = #expect(throws: EngineError.self) { try CompiledModel(graph, inputShape: [1, 3, 4], threads: 1) }
    #expect(error?.code == .malformed)
    #expect(error?.description.contains("InstanceNormalization") == true)
  }

  /// Whether bytes load and their graph fits a small input, up to the choice of kernels.
  private func loads(_ bytes: Data) -> Bool {
    do throws(EngineError) {
      let graph = try ONNXModel(bytes: bytes).graph
      let extents = graph.inputs[0].extents?.map { $0 ?? 2 } ?? [1, 1, 4, 4, 4]
      let isSmall = extents.allSatisfy { $0 <= 64 } && extents.count <= 6
      let model = try CompiledModel(graph, inputShape: isSmall ? Shape(extents) : [1, 1, 4, 4, 4], threads: 1)
      _ = try model.kernels()
      return true
    } catch {
      // Only an `EngineError` can arrive here; anything else would not compile.
      return false
    }
  }
}
