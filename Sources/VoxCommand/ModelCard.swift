public import VoxGrid

/// What a network expects of a scan, and what its output means.
///
/// Fields a card leaves out have the defaults of ``init(name:)``; unknown fields are errors.
public struct ModelCard: Sendable, Hashable, Codable {
  /// How overlapping windows are weighed.
  public enum Blend: String, Sendable, Codable {
    case constant
    case gaussian
  }

  /// What turns the network's output into probabilities.
  public enum Activation: String, Sendable, Codable {
    case softmax
    case sigmoid
    case none
  }

  public var name: String
  public var description: String?
  /// Axis codes of the grid the network sees.
  public var orientation = Orientation.ras
  /// Spacing of the grid the network sees in millimetres; `nil` where the network takes any.
  public var spacing: SIMD3<Double>?
  /// What happens to the scan's values before the network sees them.
  public var intensity = IntensitySteps()
  /// The images that the network reads, one per channel of its input; empty where they have no names and no steps of
  /// their own.
  public var channels: [CardChannel] = []
  /// Voxels of a sliding window; `nil` for the size the network's input states.
  public var roi: SIMD3<Int>?
  /// Share of a window that neighbours have in common, 0 to less than 1.
  public var overlap = 0.5
  public var blend = Blend.gaussian
  /// What surrounds a scan smaller than a window, in units of the network's input.
  public var padding: Float = 0
  public var activation = Activation.softmax
  /// One entry per output channel, the value being the channel's number.
  public var labels = LabelTable()

  /// Makes a card of defaults.
  public init(name: String) { self.name = name }

  /// What happens to the values of the image at a position among the network's channels.
  public func intensity(ofChannel position: Int) -> IntensitySteps {
    channels.indices.contains(position) ? channels[position].intensity ?? intensity : intensity
  }

  private enum CodingKeys: String, CodingKey, CaseIterable {
    case name, description, orientation, spacing, intensity, channels, roi, overlap, blend, padding, activation, labels
  }

  /// Reads a card.
  ///
  /// - Throws: `DecodingError` that names the field.
  public init(from decoder: any Decoder) throws {
    try decoder.container(keyedBy: AnyKey.self)
      .rejectKeys(except: CodingKeys.allCases.map(\.rawValue), in: "the model card")
    let fields = try decoder.container(keyedBy: CodingKeys.self)
    func optional<T: Decodable>(_ key: CodingKeys, _ type: T.Type = T.self) throws -> T? {
      try fields.decodeIfPresent(T.self, forKey: key)
    }
    self.init(name: try optional(.name) ?? "")
    description = try optional(.description)
    if let code = try optional(.orientation, String.self) {
      guard let value = Orientation(code) else {
        throw fields.problem(.orientation, "expected three axis codes such as RAS, found \"\(code)\"")
      }
      orientation = value
    }
    if let numbers = try optional(.spacing, [Double].self) {
      guard numbers.count == 3, numbers.allSatisfy({ $0 > 0 && $0.isFinite }) else {
        throw fields.problem(.spacing, "expected three positive numbers, found \(numbers)")
      }
      spacing = SIMD3(numbers)
    }
    intensity = try optional(.intensity) ?? intensity
    channels = try optional(.channels) ?? channels
    if let name = channels.map(\.name).first(where: { name in channels.count { $0.name == name } > 1 }) {
      throw fields.problem(.channels, "expected each name once, found \"\(name)\" twice")
    }
    if let numbers = try optional(.roi, [Int].self) {
      guard numbers.count == 3, numbers.allSatisfy({ (1...65536).contains($0) }) else {
        throw fields.problem(.roi, "expected three numbers from 1 to 65536, found \(numbers)")
      }
      roi = SIMD3(numbers)
    }
    overlap = try optional(.overlap) ?? overlap
    guard 0 <= overlap && overlap < 1 else {
      throw fields.problem(.overlap, "expected a share from 0 to less than 1, found \(overlap)")
    }
    blend = try optional(.blend) ?? blend
    padding = try optional(.padding) ?? padding
    activation = try optional(.activation) ?? activation
    labels = try optional(.labels, CardLabels.self)?.table ?? labels
  }

  /// Writes a card.
  public func encode(to encoder: any Encoder) throws {
    var fields = encoder.container(keyedBy: CodingKeys.self)
    try fields.encode(name, forKey: .name)
    try fields.encodeIfPresent(description, forKey: .description)
    try fields.encode(orientation.description, forKey: .orientation)
    try fields.encodeIfPresent(spacing.map { [$0.x, $0.y, $0.z] }, forKey: .spacing)
    try fields.encode(intensity, forKey: .intensity)
    if !channels.isEmpty { try fields.encode(channels, forKey: .channels) }
    try fields.encodeIfPresent(roi.map { [$0.x, $0.y, $0.z] }, forKey: .roi)
    try fields.encode(overlap, forKey: .overlap)
    try fields.encode(blend, forKey: .blend)
    try fields.encode(padding, forKey: .padding)
    try fields.encode(activation, forKey: .activation)
    try fields.encode(labels, forKey: .labels)
  }
}
