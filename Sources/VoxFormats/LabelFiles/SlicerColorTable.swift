public import VoxGrid

/// The colour table of 3D Slicer (`.ctbl`): value, name, red, green, blue and opacity of each label.
///
/// - Source: Slicer developer guide, "Color tables".
public enum SlicerColorTable {
  /// The text of the file; label 0 is transparent, spaces in names become underscores.
  public static func text(_ table: LabelTable) -> String {
    let background = table[0] ?? Label(value: 0, name: "background")
    let labels = [background] + table.labels.filter { $0.value > 0 }
    let header = "# Color table file of 3D Slicer: value, name, red, green, blue, opacity (0 to 255)"
    return "\(header)\n# \(labels.count) values\n" + labels.map(line).joined()
  }

  private static func line(_ label: Label) -> String {
    let name = String(label.name.map { $0.isWhitespace ? "_" : $0 })
    let color = label.color.map { String($0) }.joined(separator: " ")
    return "\(label.value) \(name.isEmpty ? "_" : name) \(color) \(label.value == 0 ? 0 : 255)\n"
  }
}
