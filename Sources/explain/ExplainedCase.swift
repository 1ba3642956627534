import VoxAttribution
import VoxCommand
import VoxGrid
import VoxStream
import VoxTensor

/// One scan, segmented and explained.
struct ExplainedCase {
  /// The scan on the model's grid, in its own units.
  let scan: ScanInput
  /// What the images that the network reads are called.
  let inputs: [String]
  let network: StreamHeader.Model
  /// What the network's labels mean.
  let table: LabelTable
  /// Windows, method and stitch in effect.
  let plan: ExplainPlan

  /// The predicted labels on the model's grid.
  let labels: [Int32]
  /// One attribution per target and image on the model's grid.
  let explanation: Explanation
  let matrix: [MatrixRow]
  /// Where the network's time went.
  let profile: Profile
  /// What a reader of the results should know.
  let notes: [String]
}

/// What options, card, network and scan together decide.
struct ExplainPlan {
  let windows: SlidingWindow
  let overlap: Double
  let blend: Blend
  let method: any AttributionMethod
  let stitch: Stitch
}
