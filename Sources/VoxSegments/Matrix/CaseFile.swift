public import Foundation
public import VoxGrid

/// What one case adds to a cohort: the file `explain --matrix FILE.json` writes and `aggregate` reads.
///
/// JSON with the keys `voxplain_case` (the version, 1), `case`, `model` (`name`, `sha256`), `method`, `stitch`,
/// `labels` (`value`, `name`, `color`) and `matrix` (`target`, `region`, `mass`, `mean`, `positive`, `negative`,
/// `enrichment`, and `ci_low` and `ci_high` where known).
public struct CaseFile: Sendable, Hashable {
  /// The version this program writes.
  public static let version = 1

  /// Name of the case; no patient data.
  public var name: String
  /// The network that was explained.
  public var model: Model
  /// Name of the attribution method.
  public var method: String
  /// How windows were put together, such as `blended`.
  public var stitch: String
  /// What the label values mean.
  public var labels: LabelTable
  /// The Agg2Exp matrix.
  public var matrix: [MatrixRow]

  /// A network.
  public struct Model: Sendable, Hashable, Codable {
    /// The card's name, or the file's.
    public var name: String
    /// SHA-256 of the ONNX file, hexadecimal.
    public var sha256: String

    /// Makes a model entry.
    public init(name: String, sha256: String) { (self.name, self.sha256) = (name, sha256) }
  }

  /// Makes a case.
  public init(
    name: String, model: Model, method: String, stitch: String, labels: LabelTable, matrix: [MatrixRow]
  ) {
    (self.name, self.model, self.method, self.stitch) = (name, model, method, stitch)
    (self.labels, self.matrix) = (labels, matrix)
  }

  /// Reads a case file.
  ///
  /// - Throws: ``SegmentError`` with the path of the JSON field: `malformed` for what is missing, of the wrong type,
  ///   out of range or given twice, `unsupported` for a later version.
  public init(parsing json: Data) throws(SegmentError) {
    do {
      self = try JSONDecoder().decode(CaseFile.self, from: json)
    } catch let error as SegmentError {
      throw error
    } catch let error as DecodingError {
      throw SegmentError(decoding: error, of: json)
    } catch {
      throw SegmentError(.malformed, "expected a case file, found \(error)")
    }
  }

  /// The case as indented JSON with sorted keys, ended by a line feed.
  ///
  /// - Throws: ``SegmentError`` of code `notFinite` where a number of the matrix is NaN or infinite, which JSON cannot
  ///   hold.
  public func json() throws(SegmentError) -> Data {
    try checkMatrix()
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    do {
      return try encoder.encode(self) + Data("\n".utf8)
    } catch {
      throw SegmentError(.notFinite, "expected numbers JSON can hold, found \(error)")
    }
  }

  /// The matrix as the table `matrix.csv`.
  public var csv: CSVTable { CSVTable(matrix: matrix, labels: labels) }

  /// Throws where a number is out of its range or a cell is given twice.
  private func checkMatrix() throws(SegmentError) {
    var seen = Set<[Int]>()
    for (index, row) in matrix.enumerated() {
      func fail(_ field: String, _ expected: String, _ found: Double) -> SegmentError {
        SegmentError(
          found.isFinite ? .malformed : .notFinite, "expected \(expected), found \(found)",
          at: .field("matrix[\(index)].\(field)"))
      }
      guard row.mass >= 0, row.mass <= 1 + 1e-9 else { throw fail("mass", "a share from 0 to 1", row.mass) }
      for (field, value) in [("mean", row.mean), ("positive", row.positive), ("enrichment", row.enrichment)]
      where !(value >= 0 && value.isFinite) {
        throw fail(field, "a number that is not negative", value)
      }
      guard row.negative <= 0, row.negative.isFinite else {
        throw fail("negative", "a number that is not positive", row.negative)
      }
      for (field, value) in [("ci_low", row.ciLow ?? 0), ("ci_high", row.ciHigh ?? 1)] where !value.isFinite {
        throw fail(field, "a finite number", value)
      }
      if let low = row.ciLow, let high = row.ciHigh, low > high {
        throw fail("ci_low", "at most ci_high, \(high)", low)
      }
      guard seen.insert([row.target, row.region]).inserted else {
        throw SegmentError(
          .malformed,
          "expected one row per target and region, found a second one for \(row.target) and \(row.region)",
          at: .field("matrix[\(index)]"))
      }
    }
  }
}

extension CaseFile: Codable {
  private enum CodingKeys: String, CodingKey {
    case version = "voxplain_case"
    case name = "case"
    case model, method, stitch, labels, matrix
  }

  /// Reads the JSON keys; another version than ``version`` and an impossible matrix throw ``SegmentError``.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    let version = try container.decode(Int.self, forKey: .version)
    guard version == Self.version else {
      throw SegmentError(
        .unsupported,
        "expected version \(Self.version), found \(version); read it with the program that wrote it or a later one",
        at: .field(CodingKeys.version.rawValue))
    }
    self.init(
      name: try container.decode(String.self, forKey: .name),
      model: try container.decode(Model.self, forKey: .model),
      method: try container.decode(String.self, forKey: .method),
      stitch: try container.decode(String.self, forKey: .stitch),
      labels: try container.decode(LabelTable.self, forKey: .labels),
      matrix: try container.decode([MatrixRow].self, forKey: .matrix))
    try checkMatrix()
  }

  /// Writes the JSON keys with the version.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(Self.version, forKey: .version)
    try container.encode(name, forKey: .name)
    try container.encode(model, forKey: .model)
    try container.encode(method, forKey: .method)
    try container.encode(stitch, forKey: .stitch)
    try container.encode(labels, forKey: .labels)
    try container.encode(matrix, forKey: .matrix)
  }
}
