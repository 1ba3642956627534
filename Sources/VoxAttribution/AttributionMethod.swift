/// A way to attribute targets to voxels.
///
/// A method is one file in `Methods/` and one line in ``MethodRegistry``.
public protocol AttributionMethod: Sendable {
  /// What a user calls it, e.g. `smoothgrad`.
  static var name: String { get }
  /// The Agg2Exp paper's name, e.g. `sg`.
  static var shortName: String { get }
  /// One sentence without a full stop.
  static var summary: String { get }
  /// Where it was published.
  static var reference: Reference { get }
  /// Options it takes; any other one is a usage error.
  static var options: [MethodOption] { get }

  /// Reads its options.
  ///
  /// - Throws: ``AttributionError`` with code `usage` for a value out of range.
  init(_ options: MethodOptions) throws(AttributionError)

  /// How often every window with a mask is run.
  var passes: Int { get }
  /// Whether it looks at inputs other than the scan.
  var isPerturbing: Bool { get }
  /// The options in effect, defaults included.
  var settings: [(option: MethodOption, value: String)] { get }

  /// Adds up the attributions of all targets of an explainer.
  ///
  /// - Returns: how well each attribution adds up, where the method promises that it does.
  func attribute(_ explainer: Explainer) throws -> [Completeness]?
}

/// A publication.
public struct Reference: Sendable, Hashable {
  /// Its title.
  public let title: String
  /// Where to read it.
  public let url: String
}

/// How far the sum of an attribution is from the change of `f_c` that it explains.
public struct Completeness: Sendable, Hashable {
  /// Sum of the attribution over all voxels.
  public let sum: Double
  /// `f_c(x) - f_c(x0)`: what the sum should be.
  public let expected: Double

  /// Sum minus expectation, over the size of the expectation; 0 where both are 0.
  public var relativeError: Double { sum == expected ? 0 : (sum - expected) / abs(expected) }
}
