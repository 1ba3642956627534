public import VoxFormats
import VoxGrid

/// Opens bytes as a format and reads every volume; errors are what damaged bytes should give.
public func readEverything(_ format: any ImageFormat.Type, _ bytes: [UInt8]) {
  var options = ReadOptions()
  options.maxVoxels = 1 << 20
  guard let source = try? ByteSource(bytes), let reader = try? format.open(source, options) else { return }
  let (count, overflow) = reader.header.grid.count.multipliedReportingOverflow(by: reader.header.volumes)
  guard !overflow, count <= options.maxVoxels else { return }
  for index in 0..<reader.header.volumes {
    guard (try? reader.read(volume: index)) != nil else { return }
  }
}
