/// Attributions of one scan: a signed volume per target and image.
///
/// The volumes lie in the memory of the network that made them; read them before it predicts or explains again.
public final class Explanation {
  /// The explained classes, in the order asked for.
  public let targets: [Int]
  /// How well each target's attribution adds up, for methods that promise it.
  public let completeness: [Completeness]?
  /// Calls of the network that the explanation took, prediction left out.
  public let calls: NetworkCalls

  private let network: WindowedNetwork

  fileprivate init(
    network: WindowedNetwork, targets: [Int], completeness: [Completeness]?, calls: NetworkCalls
  ) {
    (self.network, self.targets, self.completeness, self.calls) = (network, targets, completeness, calls)
  }

  /// Number of images of the scan, each of which has an attribution per target.
  public var images: Int { network.images }

  /// Copies a target's attribution to one image in grid order, first axis fastest; padding is left out.
  ///
  /// - Parameters:
  ///   - position: which of ``targets``.
  ///   - image: which of the scan's images.
  ///   - voxels: receives one value per voxel, in units of logit per unit of the network's input (gradients) or logits
  ///     (integrated gradients); what it held before is overwritten.
  public func copyAttribution(_ position: Int, image: Int = 0, into voxels: inout [Float]) {
    let windows = network.windows
    if voxels.count != windows.voxels { voxels = [Float](repeating: 0, count: windows.voxels) }
    voxels.withUnsafeMutableBufferPointer {
      let padded = network.attribution(position).row(image * windows.paddedVoxels, windows.paddedVoxels)
      windows.crop(UnsafeBufferPointer(padded), into: $0, threads: network.threads) { $0 }
    }
  }

  /// A target's attribution to one image in grid order, first axis fastest.
  public func attribution(_ position: Int, image: Int = 0) -> [Float] {
    var voxels: [Float] = []
    copyAttribution(position, image: image, into: &voxels)
    return voxels
  }
}

extension WindowedNetwork {
  /// Attributes targets to the voxels of a scan.
  ///
  /// - Parameters:
  ///   - prediction: this network's prediction of the scan, made for the same stitch.
  ///   - targets: classes to explain, each named once.
  ///   - stitch: how the gradients of windows become one volume.
  ///   - method: what is done with gradients.
  ///   - progress: told after every window.
  /// - Throws: ``AttributionError`` with code `usage` for a target that is no class of the network or is named twice,
  ///   or a prediction made for another stitch; what the network throws.
  public func explain(
    _ prediction: Prediction, targets: [Int], stitch: Stitch, method: any AttributionMethod,
    progress: @escaping ProgressHandler = { _ in }
  ) throws -> Explanation {
    if let target = targets.first(where: { $0 < 0 || $0 >= classes }) {
      throw AttributionError.usage("target \(target): expected a class from 0 to \(classes - 1)")
    }
    guard Set(targets).count == targets.count else {
      throw AttributionError.usage("targets \(targets): expected each target once")
    }
    guard stitch == .blended || !prediction.windowLabels.isEmpty else {
      throw AttributionError.usage("expected a prediction for stitch \(stitch.rawValue)")
    }
    let before = calls
    let explainer = Explainer(
      network: self, prediction: prediction, targets: targets, stitch: stitch, passes: method.passes,
      progress: progress)
    let completeness = try method.attribute(explainer)
    return Explanation(
      network: self, targets: targets, completeness: completeness,
      calls: NetworkCalls(
        forwards: calls.forwards - before.forwards, backwards: calls.backwards - before.backwards))
  }
}
