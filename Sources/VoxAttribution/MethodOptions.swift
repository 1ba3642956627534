/// An option that some attribution methods take.
public enum MethodOption: String, Sendable, CaseIterable {
  case steps, samples, noise, seed, baseline
}

/// Values of method options as a user gave them; `nil` where none was given.
public struct MethodOptions: Sendable, Hashable {
  /// Points of a path.
  public var steps: Int?
  /// Noisy copies of the scan.
  public var samples: Int?
  /// Standard deviation of noise as a share of the input's range.
  public var noise: Double?
  /// Which noise.
  public var seed: UInt64?
  /// Where a path begins.
  public var baseline: Baseline?

  /// Makes options of which none is given.
  public init() {}

  /// The options that were given.
  public var given: [MethodOption] {
    MethodOption.allCases.filter { option in
      switch option {
      case .steps: steps != nil
      case .samples: samples != nil
      case .noise: noise != nil
      case .seed: seed != nil
      case .baseline: baseline != nil
      }
    }
  }

  func steps(default value: Int, in range: ClosedRange<Int>) throws(AttributionError) -> Int {
    try Self.check(.steps, steps ?? value, range)
  }

  func samples(default value: Int, in range: ClosedRange<Int>) throws(AttributionError) -> Int {
    try Self.check(.samples, samples ?? value, range)
  }

  func noise(default value: Double, in range: ClosedRange<Double>) throws(AttributionError) -> Double {
    try Self.check(.noise, noise ?? value, range)
  }

  private static func check<Value: Comparable>(
    _ option: MethodOption, _ value: Value, _ range: ClosedRange<Value>
  ) throws(AttributionError) -> Value {
    guard range.contains(value) else {
      throw .usage("--\(option.rawValue): expected \(range.lowerBound) to \(range.upperBound), found \(value)")
    }
    return value
  }
}
