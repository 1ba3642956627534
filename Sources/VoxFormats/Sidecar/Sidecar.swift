import FoundationEssentials

/// What a scanner did, in the field names and units that BIDS gives it.
///
/// Only fields of ``SidecarField`` are taken over. Nothing in them identifies a patient, an institution or one scanner;
/// names that people type in, such as those of protocol and series, are left out because they can.
///
/// - Units: seconds for times, degrees, millimetres, tesla, kV, mA, mAs.
/// - Source: Brain Imaging Data Structure 1.10.
public struct Sidecar: Sendable, Hashable {
  /// What a field can hold.
  public enum Value: Sendable, Hashable {
    case text(String)
    case texts([String])
    case number(Double)
    case numbers([Double])
  }

  /// Values by the name of their field.
  public var fields: [String: Value] = [:]

  /// Describes a scan of which little more than the voxels is known.
  public init(of scan: ScanImage) {
    fields["Modality"] = scan.modality.map { .text($0) }
    fields["Units"] = scan.units.map { .text($0) }
  }

  /// Describes a series as it was acquired, by its first slice and the positions of all.
  ///
  /// What varies between slices, such as a modulated tube current, is that of the first. `GantryTilt`, in
  /// degrees, and `SpacingBetweenSlices`, where it is the same for all, come from positions and not from the elements of
  /// these names.
  ///
  /// - Throws: ``FormatError`` where the first slice cannot be read; an element of no legal value is left out.
  /// - Complexity: reads one header.
  public init(of series: DICOMSeries) throws(FormatError) {
    guard let first = series.slices.first else { return }
    let header = try DICOMFile(first.path).root
    for field in SidecarField.all { fields[field.name] = header.value(of: field) }
    var isStack = series.slices.count > 1
    for problem in series.problems {
      if case .gantryTilt(let degrees, _) = problem {
        fields["GantryTilt"] = .number((degrees * 1e3).rounded() / 1e3)
      } else {
        isStack = false
      }
    }
    if isStack, let spacing = series.sliceSpacing {
      fields["SpacingBetweenSlices"] = .number((spacing * 1e6).rounded() / 1e6)
    }
  }

  /// The file's contents: fields in alphabetical order, one a line.
  ///
  /// - Parameter softwareVersion: of the converting program, for `ConversionSoftwareVersion`.
  /// - Throws: ``FormatError`` with code `unsupported` when a number is not finite.
  public func json(softwareVersion: String) throws(FormatError) -> [UInt8] {
    var complete = self
    complete.fields["ConversionSoftware"] = .text("voxplain")
    complete.fields["ConversionSoftwareVersion"] = .text(softwareVersion)
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    do {
      return Array(try encoder.encode(complete)) + [0x0A]
    } catch {
      throw FormatError(.unsupported, "the sidecar cannot be written as JSON: \(error)")
    }
  }
}

extension Sidecar: Codable {
  /// Reads an object of texts, numbers and lists of them.
  public init(from decoder: any Decoder) throws { fields = try .init(from: decoder) }

  /// Writes one object.
  public func encode(to encoder: any Encoder) throws { try fields.encode(to: encoder) }
}

extension Sidecar.Value: Codable {
  /// Reads a text, a number or a list of either.
  public init(from decoder: any Decoder) throws {
    let value = try decoder.singleValueContainer()
    if let text = try? value.decode(String.self) {
      self = .text(text)
    } else if let number = try? value.decode(Double.self) {
      self = .number(number)
    } else if let texts = try? value.decode([String].self) {
      self = .texts(texts)
    } else {
      self = .numbers(try value.decode([Double].self))
    }
  }

  /// Writes the bare value.
  public func encode(to encoder: any Encoder) throws {
    var value = encoder.singleValueContainer()
    switch self {
    case .text(let text): try value.encode(text)
    case .texts(let texts): try value.encode(texts)
    case .number(let number): try value.encode(number)
    case .numbers(let numbers): try value.encode(numbers)
    }
  }
}
