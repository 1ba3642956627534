public import VoxStream

/// The options in effect, as a provenance record keeps them: names and values.
///
/// The name of a scan's file may be its patient's; such a name is not kept, and of other paths only the last component.
public struct OptionRecord: Sendable {
  /// One entry per option, such as `--spacing 3,3,3`.
  public private(set) var options: [String] = []

  /// Makes an empty record.
  public init() {}

  /// Adds an option with its value; `nil` adds nothing.
  public mutating func add(_ option: String, _ value: (any CustomStringConvertible)?) {
    if let value { options.append("\(option) \(value)") }
  }

  /// Adds an option whose value is the path of a scan, of which nothing is kept; `nil` adds nothing.
  public mutating func add(_ option: String, scan path: String?) { add(flag: option, path != nil) }

  /// Adds an option whose value is a network's path, of which the last component is kept; `nil` adds nothing.
  public mutating func add(_ option: String, network path: String?) {
    add(option, path.map { $0 == "-" ? $0 : $0.split(separator: "/").last.map(String.init) ?? "/" })
  }

  /// Adds a flag where it is set.
  public mutating func add(flag: String, _ isSet: Bool) { if isSet { options.append(flag) } }
}

extension StreamHeader {
  /// Appends the record of one stage, unless `--no-provenance` was given.
  public mutating func record(
    _ command: String, _ options: OptionRecord, notes: [String] = [], common: CommonOptions
  ) {
    guard !common.noProvenance else { return }
    provenance.append(
      ProvenanceRecord(command: command, version: Version.string, options: options.options, notes: notes))
  }
}
