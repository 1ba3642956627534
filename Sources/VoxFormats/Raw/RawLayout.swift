/// How the voxels of a file without a header lie.
public struct RawLayout: Sendable, Hashable {
  /// Voxels along each axis, the first being the fastest.
  public var size: SIMD3<Int>
  public var type: VoxelType
  /// In millimetres.
  public var spacing: SIMD3<Double>
  /// Whether voxels lie most significant byte first.
  public var isBigEndian: Bool
  /// Bytes before the first voxel, decompressed ones where the file is gzip.
  public var skip: Int

  /// Describes a file.
  public init(
    size: SIMD3<Int>, type: VoxelType, spacing: SIMD3<Double> = [1, 1, 1], isBigEndian: Bool = false, skip: Int = 0
  ) {
    (self.size, self.type, self.spacing) = (size, type, spacing)
    (self.isBigEndian, self.skip) = (isBigEndian, skip)
  }
}
