import FoundationEssentials

/// What a scanner did, for the JSON file that lies beside an image in a BIDS data set.
///
/// Names and units are those of BIDS, and of dcm2niix where BIDS has none. Nothing that can name a patient is in it:
/// no identifiers, dates or places, and no free text such as Series Description (0008,103E), into which people type names.
///
/// - Source: Brain Imaging Data Structure 1.10, "Magnetic Resonance Imaging".
public struct Sidecar: Sendable {
  private var fields: [String: Value] = [:]

  fileprivate enum Value: Sendable, Encodable {
    case text(String)
    case number(Double)
    case integer(Int)
    case texts([String])
    case numbers([Double])

    func encode(to encoder: any Encoder) throws {
      var container = encoder.singleValueContainer()
      switch self {
      case .text(let value): try container.encode(value)
      case .number(let value): try container.encode(value)
      case .integer(let value): try container.encode(value)
      case .texts(let value): try container.encode(value)
      case .numbers(let value): try container.encode(value)
      }
    }
  }

  /// Describes an image of which little is known.
  public init(of scan: ScanImage) {
    fields["Modality"] = scan.modality.map(Value.text)
    fields["Units"] = scan.units.map(Value.text)
  }

  /// Reads the header of a series' first image; what that does not say, or not legibly, is left out.
  ///
  /// - Throws: ``FormatError`` where the file cannot be read.
  public init(of series: DICOMSeries) throws(FormatError) {
    guard let slice = series.slices.first else { return }
    let elements = try DICOMFile(slice.path).root
    for field in SidecarField.all {
      fields[field.name] =
        switch field.kind {
        case .text: elements.text(field.tag).map(Value.text)
        case .texts: Value(elements.texts(field.tag))
        case .integer: (try? elements.integer(field.tag)).flatMap { $0 }.map(Value.integer)
        case .number(let unit): (try? elements.number(field.tag)).flatMap { $0 }.map { .number($0 * unit) }
        }
    }
    if let plane = slice.plane {
      let (row, column) = (plane.alongRow, plane.alongColumn)
      fields["ImageOrientationPatientDICOM"] = .numbers([row.x, row.y, row.z, column.x, column.y, column.z])
    }
    if series.slices.count > 1 { fields["SpacingBetweenSlices"] = series.sliceSpacing.map(Value.number) }
  }

  /// The file's text: one field a line, in alphabetical order.
  ///
  /// - Parameter version: of this program.
  public func json(softwareVersion version: String) throws(FormatError) -> [UInt8] {
    var fields = fields
    fields["ConversionSoftware"] = .text("voxplain")
    fields["ConversionSoftwareVersion"] = .text(version)
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    do {
      return [UInt8](try encoder.encode(fields)) + Array("\n".utf8)
    } catch {
      throw FormatError(.unsupported, "the sidecar cannot be written as JSON: \(error)")
    }
  }
}

extension Sidecar.Value {
  /// A list; `nil` for an empty one.
  fileprivate init?(_ texts: [String]) {
    if texts.isEmpty { return nil }
    self = .texts(texts)
  }
}
