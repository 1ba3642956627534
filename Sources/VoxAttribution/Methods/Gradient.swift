/// `gradient` (vg): how each voxel moves the target's logits, to first order.
///
/// `e_c = d f_c / d x` at the scan.
///
/// - Units: logits per unit of the network's input.
/// - Source: arXiv:1312.6034, section 3.
struct Gradient: AttributionMethod {
  static let name = "gradient"
  static let shortName = "vg"
  static let summary = "Gradient of the target's logits at the scan"
  static let reference = Reference(
    title: "Deep Inside Convolutional Networks: Visualising Image Classification Models and Saliency Maps",
    url: "https://arxiv.org/abs/1312.6034")
  static let options: [MethodOption] = []

  init(_ options: MethodOptions) {}

  var passes: Int { 1 }
  var isPerturbing: Bool { false }
  var settings: [(option: MethodOption, value: String)] { [] }

  func attribute(_ explainer: Explainer) throws -> [Completeness]? {
    try explainer.addGradients(at: explainer.scan, weight: 1)
    return nil
  }
}
