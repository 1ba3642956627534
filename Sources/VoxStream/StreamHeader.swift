public import VoxGrid

/// What the header extension of a stream says: the meaning of its channels and where they come from.
///
/// Written as ASCII JSON in a NIfTI header extension with ecode 6. Specified in `voxplain(5)`.
public struct StreamHeader: Sendable, Hashable, Codable {
  /// Version of the extension; readers refuse a higher one.
  public var voxplain = 1
  /// One entry per volume along the fourth axis, in order.
  public var channels: [Channel] = []
  /// The label table of the `labels` channel.
  public var labels = LabelTable()
  /// The network that made labels and attributions.
  public var model: Model?
  /// The case's Agg2Exp matrix.
  public var matrix: [MatrixRow]?
  /// Where the image comes from.
  public var source: Source?
  /// One record per stage, first stage first.
  public var provenance: [ProvenanceRecord] = []

  /// Makes a header.
  public init(channels: [Channel] = []) { self.channels = channels }

  /// One volume of the stream.
  public struct Channel: Sendable, Hashable, Codable {
    /// What a volume holds.
    public enum Role: String, Sendable, Codable {
      /// The scan, in its own units.
      case image
      /// A label map.
      case labels
      /// Signed attributions of one target.
      case attribution
    }
    /// `image`, `labels`, or the name of the attribution's target.
    public var name: String
    /// What the volume holds.
    public var role: Role
    /// `HU` for CT; absent where unknown.
    public var units: String?
    /// Label value of the attribution's target.
    public var target: Int?
    /// Name of the attribution method.
    public var method: String?
    /// Which of the images that the network reads the attribution is of; absent where it reads one.
    public var input: String?

    /// Makes a channel.
    public init(
      name: String, role: Role, units: String? = nil, target: Int? = nil, method: String? = nil, input: String? = nil
    ) {
      (self.name, self.role, self.units, self.target) = (name, role, units, target)
      (self.method, self.input) = (method, input)
    }
  }

  /// A network.
  public struct Model: Sendable, Hashable, Codable {
    /// The card's name, or the file's.
    public var name: String
    /// SHA-256 of the ONNX file, hexadecimal.
    public var sha256: String

    /// Makes a model entry.
    public init(name: String, sha256: String) { (self.name, self.sha256) = (name, sha256) }
  }

  /// Identifiers of the scan the image was made from; no patient data.
  public struct Source: Sendable, Hashable, Codable {
    /// DICOM modality, such as `CT`.
    public var modality: String?
    public var studyInstanceUID: String?
    public var seriesInstanceUID: String?
    public var frameOfReferenceUID: String?
    /// Which part of the series, such as `echo 2 (TE 40 ms)`; absent where it is one.
    public var part: String?

    /// Makes an empty source.
    public init(modality: String? = nil) { self.modality = modality }
  }
}

/// What one stage of the pipe did.
public struct ProvenanceRecord: Sendable, Hashable, Codable {
  /// The command, such as `explain`.
  public var command: String
  /// The command's version.
  public var version: String
  /// Options in effect; paths are reduced to their last component, operands are left out.
  public var options: [String]
  /// What the stage wants to say of its result, such as a completeness error.
  public var notes: [String]

  /// Makes a record.
  public init(command: String, version: String, options: [String], notes: [String] = []) {
    (self.command, self.version, self.options, self.notes) = (command, version, options, notes)
  }
}
