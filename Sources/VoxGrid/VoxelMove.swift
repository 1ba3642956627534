/// Work that moves voxels without looking at them: compiled once per width of a voxel, not once per type.
protocol VoxelMove: Sendable {
  /// Does the work with voxels that are as wide as `Word`.
  func run<Word: BitwiseCopyable & Sendable>(_ word: Word.Type)
}

extension VoxelMove {
  /// Does the work with the compiled version for voxels of a type.
  ///
  /// Only inlined it calls those versions; as a function of its own it would call one for all types, which moves every
  /// voxel by a call.
  @inline(__always)
  func run<Element: BitwiseCopyable & Sendable>(on element: Element.Type) {
    switch MemoryLayout<Element>.stride {
    case 1: run(UInt8.self)
    case 2: run(UInt16.self)
    case 3: run(RGB.self)
    case 4: run(UInt32.self)
    case 8: run(UInt64.self)
    default: run(element)
    }
  }
}
