public import VoxGrid

/// The label description file of ITK-SNAP, which 3D Slicer reads, too.
///
/// - Source: ITK-SNAP `Logic/Common/ColorLabelTable.cxx`: the second line is the file's magic.
public enum ITKSnapLabels {
  /// The text of the file: label 0 is clear, the others are opaque and visible.
  ///
  /// ITK-SNAP knows labels 0 to 65535; others are left out.
  public static func text(_ table: LabelTable) -> String {
    let labels = table.labels.filter { 1...65535 ~= $0.value }
    return header + line(Label(value: 0, name: "Clear Label"), visible: 0)
      + labels.map { line($0, visible: 1) }.joined()
  }

  private static let header = """
    ################################################
    # ITK-SnAP Label Description File
    # File format:
    # IDX   -R-  -G-  -B-  -A--  VIS MSH  LABEL
    # Fields:
    #    IDX:   Zero-based index
    #    -R-:   Red color component (0..255)
    #    -G-:   Green color component (0..255)
    #    -B-:   Blue color component (0..255)
    #    -A-:   Label transparency (0.00 .. 1.00)
    #    VIS:   Label visibility (0 or 1)
    #    MSH:   Label mesh visibility (0 or 1)
    #  LABEL:   Label description
    ################################################

    """

  private static func line(_ label: Label, visible: Int) -> String {
    let name = label.name.map { $0 == "\"" ? "'" : $0.isNewline ? " " : $0 }
    let numbers =
      column(label.value, 5) + column(label.color[0], 6) + label.color[1...].map { column($0, 5) }.joined()
      + column(visible, 9) + column(visible, 3) + column(visible, 3)
    return "\(numbers)    \"\(String(name))\"\n"
  }

  private static func column(_ value: some BinaryInteger, _ width: Int) -> String {
    let digits = String(value)
    return String(repeating: " ", count: max(1, width - digits.count)) + digits
  }
}
