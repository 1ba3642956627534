import Testing
import VoxFormats
import VoxGrid

@Suite struct LabelFileTests {
  private let table = LabelTable([
    Label(value: 1, name: "liver", color: [221, 130, 101]),
    Label(value: 12, name: "back \"deep\" muscles", color: [1, 22, 255]),
    Label(value: 70000, name: "beyond", color: [9, 9, 9]),
  ])

  @Test("an ITK-SNAP label description, line by line")
  func itkSnap() {
    let lines = ITKSnapLabels.text(table).split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    #expect(lines[1] == "# ITK-SnAP Label Description File")
    #expect(lines.prefix(14).allSatisfy { $0.hasPrefix("#") })
    #expect(
      Array(lines[14...]) == [
        "    0     0    0    0        0  0  0    \"Clear Label\"",
        "    1   221  130  101        1  1  1    \"liver\"",
        "   12     1   22  255        1  1  1    \"back 'deep' muscles\"",
        "",
      ])
  }

  @Test("a Slicer colour table, line by line")
  func slicer() {
    let expected = """
      # Color table file of 3D Slicer: value, name, red, green, blue, opacity (0 to 255)
      # 4 values
      0 background 0 0 0 0
      1 liver 221 130 101 255
      12 back_"deep"_muscles 1 22 255 255
      70000 beyond 9 9 9 255

      """
    #expect(SlicerColorTable.text(table) == expected)
  }
}
