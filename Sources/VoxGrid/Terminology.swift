/// A concept of a coding scheme, such as (SCT, 10200004, Liver).
///
/// - Source: DICOM PS3.3 8.8, the basic code sequence macro.
public struct Code: Sendable, Hashable, Codable {
  /// Coding Scheme Designator, such as `SCT`; up to 16 characters.
  public var scheme: String
  /// Code Value; up to 16 characters.
  public var value: String
  /// Code Meaning, for people; up to 64 characters.
  public var meaning: String

  /// Makes a code.
  public init(_ scheme: String, _ value: String, _ meaning: String) {
    (self.scheme, self.value, self.meaning) = (scheme, value, meaning)
  }
}

/// What a label stands for, in codes that any program understands.
///
/// - Source: DICOM PS3.16 CID 7150 (segmentation property categories), CID 7151 (types), CID 244 (laterality).
public struct Terminology: Sendable, Hashable, Codable {
  /// What kind of thing it is.
  public var category: Code
  /// The thing itself, such as the liver.
  public var type: Code
  /// What tells it from others of its type, such as a side.
  public var modifier: Code?

  /// The category of organs and their parts.
  public static let anatomicalStructure = Code("SCT", "91723000", "Anatomical Structure")

  /// Describes a thing, by default an anatomical structure.
  public init(category: Code = Self.anatomicalStructure, type: Code, modifier: Code? = nil) {
    (self.category, self.type, self.modifier) = (category, type, modifier)
  }

  private enum CodingKeys: String, CodingKey { case category, type, modifier }

  /// Reads `type` and, where they are there, `category` and `modifier`.
  public init(from decoder: any Decoder) throws {
    let fields = try decoder.container(keyedBy: CodingKeys.self)
    self.init(
      category: try fields.decodeIfPresent(Code.self, forKey: .category) ?? Self.anatomicalStructure,
      type: try fields.decode(Code.self, forKey: .type),
      modifier: try fields.decodeIfPresent(Code.self, forKey: .modifier))
  }
}
