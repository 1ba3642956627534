/// The uniform image that a path to each of the scan's images begins with, in units of the network's input.
public enum Baseline: Sendable, Hashable, CustomStringConvertible {
  /// The smallest value of the image.
  case min
  /// Zero.
  case zero
  /// The mean of the image.
  case mean
  /// A given value.
  case value(Float)

  /// Reads `min`, `zero`, `mean` or a finite number; `nil` for anything else.
  public init?(_ text: String) {
    switch text {
    case "min": self = .min
    case "zero": self = .zero
    case "mean": self = .mean
    default:
      guard let value = Float(text), value.isFinite else { return nil }
      self = .value(value)
    }
  }

  /// As ``init(_:)`` reads it.
  public var description: String {
    switch self {
    case .min: "min"
    case .zero: "zero"
    case .mean: "mean"
    case .value(let value): "\(value)"
    }
  }

  /// The value for an image of known smallest and mean value.
  func value(in statistics: InputStatistics) -> Float {
    switch self {
    case .min: statistics.min
    case .zero: 0
    case .mean: statistics.mean
    case .value(let value): value
    }
  }
}
