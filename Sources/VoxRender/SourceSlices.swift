public import VoxGrid

/// An overlay drawn on the slices of the scan it was made from, pixel by pixel in the scan's own order.
///
/// The scan's voxels are shown as they are; attribution and segment, which may lie on a coarser grid, are interpolated
/// linearly between voxel centres.
///
/// - Coordinates: RAS+ world ties the two grids together.
public struct SourceSlices: Sendable {
  private let image: Volume<Float>
  private let attribution: Volume<Float>
  private let segment: Volume<Float>?
  private let style: OverlayStyle
  private let legend: RasterImage

  /// Prepares the slices.
  ///
  /// - Parameters:
  ///   - image: the scan: columns, rows, slices.
  ///   - attribution: on any grid; zero outside it.
  ///   - labels: on any grid; the segment of `target` is outlined.
  ///   - legend: appended under every slice.
  public init(
    image: Volume<Float>, attribution: Volume<Float>, labels: LabelMap?, target: Int32, legend: Legend
  ) {
    (self.image, self.attribution, style) = (image, attribution, legend.style)
    self.legend = legend.strip(width: image.grid.dimensions.x)
    // A margin of one voxel: outside the volume lies no segment, as beyond the margin.
    segment = labels.flatMap { labels in
      labels.extents[target].map { box in
        let last = labels.grid.dimensions &- 1
        let low = (box.low &- 1).clamped(lowerBound: .zero, upperBound: last)
        let high = (box.high &+ 1).clamped(lowerBound: .zero, upperBound: last)
        return labels.cropped(to: VoxelBox(low: low, high: high)).map { $0 == target ? 1 : 0 }
      }
    }
  }

  /// Number of slices.
  public var count: Int { image.grid.dimensions.z }

  /// One slice with the legend under it.
  ///
  /// All have one size, and several threads may draw them at once.
  ///
  /// - Precondition: `index` is in `0..<count`.
  /// - Throws: `GridError` when an affine cannot be inverted.
  /// - Complexity: O(pixels).
  public func picture(at index: Int) throws(GridError) -> RasterImage {
    var plane = image.grid
    plane.dimensions.z = 1
    plane.affine.t = image.grid.affine([0, 0, Double(index)])
    func sampled(_ volume: Volume<Float>) throws(GridError) -> Slice {
      slice(of: try volume.resampled(onto: plane, fill: 0).voxels[...])
    }
    let size = plane.count
    let drawn = style.picture(
      image: slice(of: image.voxels[(index * size)..<((index + 1) * size)]), attribution: try sampled(attribution),
      segment: try segment.map { (volume) throws(GridError) in try sampled(volume) })
    return drawn.above(legend)
  }

  private func slice(of pixels: ArraySlice<Float>) -> Slice {
    Slice(
      width: image.grid.dimensions.x, height: image.grid.dimensions.y,
      spacing: [image.grid.spacing.x, image.grid.spacing.y], pixels: Array(pixels))
  }
}
