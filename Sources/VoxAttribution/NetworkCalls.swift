/// How often a network was run on a window.
public struct NetworkCalls: Sendable, Hashable {
  /// Windows whose logits were computed.
  public var forwards = 0
  /// Cotangents taken back through a window.
  public var backwards = 0

  /// Makes a count.
  public init(forwards: Int = 0, backwards: Int = 0) { (self.forwards, self.backwards) = (forwards, backwards) }
}

/// How far a run over windows has come.
public struct Progress: Sendable, Hashable {
  /// What is being done.
  public enum Stage: String, Sendable {
    /// Labels are computed.
    case predicting
    /// Attributions are computed.
    case explaining
  }
  /// What is being done.
  public let stage: Stage
  /// Windows done.
  public let completed: Int
  /// Windows to do; a window that is run for several samples or steps counts as often.
  public let total: Int
}

/// Told after every window how far a run has come.
public typealias ProgressHandler = (Progress) -> Void
