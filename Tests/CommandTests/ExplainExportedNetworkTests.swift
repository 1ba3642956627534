import Foundation
import Testing
import VoxFormats
import VoxGrid
import VoxStream
import _VoxTestSupport

/// The folder `$VOXPLAIN_MODELS`, which `Tests/models/export.py` has filled.
private enum ExportedNetworks {
  static let folder = ProcessInfo.processInfo.environment["VOXPLAIN_MODELS"].map {
    URL(filePath: $0, directoryHint: .isDirectory)
  }

  /// Networks of one image and of two, with weights inside and beside the file.
  static let names: [String] = {
    let files = folder.flatMap { try? FileManager.default.contentsOfDirectory(atPath: $0.path) } ?? []
    return ["basicunet-legacy-17", "segresnet-dynamo-20", "unet-two-channels-legacy-17"].filter {
      files.contains("\($0).onnx")
    }
  }()
}

/// The whole command, against PyTorch's values.
@Suite(.enabled(if: ExportedNetworks.folder != nil, "VOXPLAIN_MODELS names no folder of exported networks"))
struct ExplainExportedNetworkTests {
  @Test("attributions of every image are PyTorch's gradients", arguments: ExportedNetworks.names)
  func gradients(_ name: String) throws {
    let source = try #require(ExportedNetworks.folder)
    let array = { (file: String) throws in try NpyFile(contentsOf: source.appending(path: "\(name)/\(file).npy")) }
    let folder = try TemporaryDirectory()
    let card = #"{"orientation": "RAS", "labels": [{"value": 1, "name": "one"}]}"#
    _ = try folder.write(Array(card.utf8), as: "net.json")
    for ending in [".onnx", ".onnx.data"] {
      let file = source.appending(path: name + ending).path
      guard FileManager.default.fileExists(atPath: file) else { continue }
      // External data is named by the network's own name.
      try FileManager.default.copyItem(
        atPath: file, toPath: folder.path(ending == ".onnx" ? "net.onnx" : name + ending))
    }
    let image = try array("image")
    let (images, shape) = (image.shape[0], SIMD3(image.shape[1], image.shape[2], image.shape[3]))
    let grid = Grid(dimensions: shape, affine: .identity)
    /// Values of one image in grid order.
    func volume(_ values: [Double], _ image: Int) -> [Float] {
      (0..<grid.count).map { offset in
        let v = grid.index(offset)
        return Float(values[((image * shape.x + v.x) * shape.y + v.y) * shape.z + v.z])
      }
    }
    let paths = try (0..<images).map { index in
      let path = folder.path("image\(index).nii")
      let voxels = Volume<Float>(grid: grid, voxels: volume(image.values, index))
      try NIfTIFormat.write(ScanImage(volume: .float32(voxels)), to: ByteSink(path: path))
      return path
    }
    let outcome = try BuiltCommand("explain").run(
      [paths[0], "--model", folder.path("net.onnx"), "--target", "1"] + paths.dropFirst().flatMap { ["--channel", $0] })
    #expect(outcome.status == 0, "\(outcome.standardError)")
    let reader = try StreamReader(ByteSource(outcome.standardOutput))
    try reader.skip()
    let labels = try #require(try reader.next()).labels().voxels
    #expect(labels.map(Float.init) == volume(try array("labels").values, 0))
    let reference = try array("vg_1").values
    let scale = Float(reference.lazy.map(abs).max() ?? 0)
    for index in 0..<images {
      let channel = try #require(try reader.next())
      #expect(channel.description.input == (images > 1 ? "image \(index + 1)" : nil))
      let error = zip(channel.volume.float.voxels, volume(reference, index)).lazy.map { abs($0 - $1) }.max() ?? 0
      #expect(error <= 1e-3 * scale, "image \(index)")
    }
    #expect(try reader.next() == nil)
  }
}
