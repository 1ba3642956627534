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

  @Test("a Slicer label table, line by line")
  func slicerLabels() {
    let plain = """
      LabelValue,Name,Color_R,Color_G,Color_B,Color_A
      1,liver,221,130,101,255
      12,back 'deep' muscles,1,22,255,255
      70000,beyond,9,9,9,255

      """
    #expect(SlicerLabels.text(table) == plain)
    let left = Terminology(type: Code("SCT", "64033007", "Kidney"), modifier: Code("SCT", "7771000", "Left"))
    let coded = LabelTable([
      Label(value: 0, name: "background"), Label(value: 2, name: "kidney, left", color: [1, 2, 3], terminology: left),
      Label(value: 5, name: "x", color: [4, 5, 6]),
    ])
    let codes = ["Category", "Type", "TypeModifier"].flatMap { name in
      ["CodingScheme", "CodeValue", "CodeMeaning"].map { "\(name)_\($0)" }
    }
    #expect(
      SlicerLabels.text(coded).split(separator: "\n") == [
        "LabelValue,Name,Color_R,Color_G,Color_B,Color_A," + codes.joined(separator: ","),
        "2,\"kidney, left\",1,2,3,255,SCT,91723000,Anatomical Structure,SCT,64033007,Kidney,SCT,7771000,Left",
        "5,x,4,5,6,255,,,,,,,,,",
      ])
  }
}
