/// One channel of a network's input, which is one image of the scan.
public struct CardChannel: Sendable, Hashable, Codable {
  /// What the image is called, such as `T1` or `PET`.
  public var name: String
  /// What happens to the image's values before the network sees them; `nil` for the card's own steps.
  public var intensity: IntensitySteps?

  /// Makes a channel.
  public init(name: String, intensity: IntensitySteps? = nil) { (self.name, self.intensity) = (name, intensity) }

  private enum CodingKeys: String, CodingKey, CaseIterable {
    case name, intensity
  }

  /// Reads an object.
  ///
  /// - Throws: `DecodingError` that names the field: for an unknown one, or an empty name.
  public init(from decoder: any Decoder) throws {
    try decoder.container(keyedBy: AnyKey.self)
      .rejectKeys(except: CodingKeys.allCases.map(\.rawValue), in: "a channel")
    let fields = try decoder.container(keyedBy: CodingKeys.self)
    name = try fields.decode(String.self, forKey: .name)
    guard !name.isEmpty else { throw fields.problem(.name, "expected a name, found an empty text") }
    intensity = try fields.decodeIfPresent(IntensitySteps.self, forKey: .intensity)
  }
}
