import VoxAttribution
import VoxCommand
import VoxGrid

/// Which labels a user asks for.
enum TargetSelection: Equatable {
  /// Every predicted label but background.
  case present
  /// Every label of the network.
  case all
  /// These label values, in this order.
  case values([Int])

  /// Reads `present`, `all`, or names and values separated by commas.
  ///
  /// - Throws: `CommandError` with status 64 for a name the table lacks, a value that is no class, a label named twice.
  init(_ text: String, labels: LabelTable, classes: Int) throws {
    switch text {
    case "present": self = .present
    case "all": self = .all
    default:
      var values: [Int] = []
      for part in text.split(separator: ",", omittingEmptySubsequences: false) {
        guard let value = labels.value(String(part)), (0..<classes).contains(value) else {
          let known = labels.labels.isEmpty ? "0 to \(classes - 1)" : labels.labels.map(\.name).joined(separator: ", ")
          throw CommandError(
            .usage, "--target: expected present, all or labels of the network (\(known)), found \"\(part)\"")
        }
        guard !values.contains(value) else {
          throw CommandError(.usage, "--target: expected each label once, found \"\(part)\" twice")
        }
        values.append(value)
      }
      self = .values(values)
    }
  }

  /// How many labels these probably are.
  func likely(of classes: Int) -> Int { self == .present ? min(most(of: classes), 4) : most(of: classes) }

  /// How many labels these are at most.
  func most(of classes: Int) -> Int {
    switch self {
    case .present: max(0, classes - 1)
    case .all: classes
    case .values(let values): values.count
    }
  }

  /// The label values, given what the network predicts.
  func values(_ prediction: Prediction) -> [Int] {
    switch self {
    case .present: prediction.present
    case .all: Array(prediction.voxelCounts.indices)
    case .values(let values): values
    }
  }
}
