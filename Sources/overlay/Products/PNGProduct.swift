import VoxFormats
import VoxGrid
import VoxRender

/// `png`: the slices that matter, as a picture for every target.
struct PNGProduct: Product {
  let name = "png"
  let summary = "montage_<target>.png: the slices through the target and through the peaks of its attribution"
  let needs: Set<Ingredient> = [.attributions]

  func begin(_ results: CaseResults, in directory: AtomicDirectory) throws -> any ProductWriter {
    PerTarget { explanation in
      let picture = Self.montage(explanation, of: results)
      let file = try PNGWriter.encode(picture.rgb, width: picture.width, height: picture.height)
      try directory.write(file, as: "montage_\(explanation.fileName).png")
    }
  }

  /// The picture of a target.
  static func montage(_ explanation: Explanation, of results: CaseResults) -> RasterImage {
    var viewpoints = Viewpoint.peaks(of: explanation.map)
    if let labels = results.labels, let segment = explanation.segment,
      let center = Viewpoint.center(of: segment, named: explanation.target, in: labels)
    {
      viewpoints.insert(center, at: 0)
    }
    if viewpoints.isEmpty {
      viewpoints = [Viewpoint(title: "centre of the image", voxel: results.image.grid.dimensions / 2)]
    }
    let montage = Montage(title: explanation.title, legend: results.legend(for: explanation, results.display))
    return montage.picture(
      image: results.image, attribution: explanation.map, labels: explanation.segment == nil ? nil : results.labels,
      target: explanation.segment ?? 0, viewpoints: viewpoints)
  }
}
