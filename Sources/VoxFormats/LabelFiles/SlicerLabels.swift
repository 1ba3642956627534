public import VoxGrid

/// The label table of newer 3D Slicers (`.labels.csv`): value, name, colour and terminology of each label.
///
/// - Source: Slicer developer guide, "Color table CSV file format".
public enum SlicerLabels {
  /// The text of the file; 0, the background, has no line.
  ///
  /// Where there are codes of no label, their columns are left out.
  public static func text(_ table: LabelTable) -> String {
    let labels = table.labels.filter { $0.value > 0 }
    let isCoded = labels.contains { $0.terminology != nil }
    let header = ["LabelValue", "Name", "Color_R", "Color_G", "Color_B", "Color_A"] + (isCoded ? codeColumns : [])
    let lines = labels.map { label in
      [String(label.value), label.name] + label.color.map { String($0) } + ["255"]
        + (isCoded ? codes(label.terminology) : [])
    }
    return ([header] + lines).map { $0.map(cell).joined(separator: ",") + "\n" }.joined()
  }

  private static let codeColumns = ["Category", "Type", "TypeModifier"].flatMap { concept in
    ["CodingScheme", "CodeValue", "CodeMeaning"].map { "\(concept)_\($0)" }
  }

  private static func codes(_ terms: Terminology?) -> [String] {
    [terms?.category, terms?.type, terms?.modifier].flatMap { code in
      code.map { [$0.scheme, $0.value, $0.meaning] } ?? ["", "", ""]
    }
  }

  /// Slicer's reader knows no quotation marks inside a value.
  private static func cell(_ text: String) -> String {
    let plain = String(text.map { $0 == "\"" ? "'" : $0.isNewline ? " " : $0 })
    return plain.contains(",") ? "\"\(plain)\"" : plain
  }
}
