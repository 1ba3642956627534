/// A map from numbers to colours, named as users name it.
///
/// A diverging map shows signed values: its middle is zero, its two arms are equally light at equal distance.
/// A sequential map shows magnitudes.
public struct Colormap: Sendable {
  /// What users call it.
  public let name: String
  /// One line for help texts.
  public let summary: String
  /// Whether the middle of the map stands for zero.
  public let isDiverging: Bool

  private let table: [Color]

  /// An odd number of entries, so that a diverging map has its middle exactly.
  private static let entries = 513

  /// Makes a map by sampling `color` at 0...1.
  init(name: String, summary: String, isDiverging: Bool, color: (Double) -> Color) {
    (self.name, self.summary, self.isDiverging) = (name, summary, isDiverging)
    table = (0..<Self.entries).map { color(Double($0) / Double(Self.entries - 1)) }
  }

  /// Every map, the default first.
  public static let all = [coolWarm, inferno, gray]

  /// The map a user means, case ignored.
  public static func named(_ name: String) -> Colormap? { all.first { $0.name == name.lowercased() } }

  /// The colour at a position 0 to 1; others are clamped, NaN is 0.
  public func color(at position: Double) -> Color {
    let clamped = position > 0 ? min(1, position) : 0
    return table[Int(clamped * Double(Self.entries - 1) + 0.5)]
  }

  /// The colour of a signed value relative to the limits of a display: -1 to 1.
  ///
  /// A sequential map shows the magnitude.
  public func color(signed value: Double) -> Color { color(at: isDiverging ? (value + 1) / 2 : abs(value)) }
}
