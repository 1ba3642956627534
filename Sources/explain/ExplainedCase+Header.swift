import VoxAttribution
import VoxGrid
import VoxSegments
import VoxStream

extension ExplainedCase {
  /// The header of the results: what the channels are, where they come from, and the matrix.
  ///
  /// - Parameter hasMaps: whether attributions follow image and labels.
  func header(hasMaps: Bool) -> StreamHeader {
    var header = scan.header
    header.channels = [
      .init(name: "image", role: .image, units: scan.channel.units), .init(name: "labels", role: .labels),
    ]
    if hasMaps {
      let method = type(of: plan.method).name
      for target in explanation.targets {
        header.channels += inputs.map { input in
          .init(
            name: table.name(target), role: .attribution, target: target, method: method,
            input: inputs.count > 1 ? input : nil)
        }
      }
    }
    (header.labels, header.model, header.matrix) = (table, network, matrix)
    return header
  }

  /// What the case adds to a cohort.
  func caseFile(named name: String) -> CaseFile {
    CaseFile(
      name: name, model: .init(name: network.name, sha256: network.sha256), method: type(of: plan.method).name,
      stitch: plan.stitch.rawValue, labels: table, matrix: matrix)
  }
}
