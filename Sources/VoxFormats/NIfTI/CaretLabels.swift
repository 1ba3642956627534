import VoxGrid

/// The label table in Caret's XML, as Connectome Workbench (code 30) and TotalSegmentator (code 0) write it.
///
/// Only the `Label` elements are looked at: `<Label Key="5" Red="0" Green="1" Blue="1" Alpha="1">liver</Label>`,
/// the name as text or CDATA.
enum CaretLabels {
  /// The labels in a header's extensions; `nil` where there are none.
  static func find(in extensions: [NIfTIExtension]) -> LabelTable? {
    for item in extensions where item.code == 0 || item.code == 30 {
      let text = item.text
      guard text.contains("<LabelTable") else { continue }
      let labels = parse(text)
      if !labels.isEmpty { return LabelTable(labels) }
    }
    return nil
  }

  private static func parse(_ text: String) -> [Label] {
    var labels: [Label] = []
    var rest = text[...]
    while let start = rest.firstRange(of: "<Label ") {
      rest = rest[start.upperBound...]
      guard let tagEnd = rest.firstIndex(of: ">"), let close = rest.firstRange(of: "</Label>"),
        tagEnd < close.lowerBound
      else { break }
      let attributes = attributes(rest[..<tagEnd])
      let name = content(rest[rest.index(after: tagEnd)..<close.lowerBound])
      rest = rest[close.upperBound...]
      guard let value = attributes["Key"].flatMap({ Int($0) }), Int32(exactly: value) != nil else { continue }
      let color = ["Red", "Green", "Blue"].compactMap { attributes[$0].flatMap(Double.init) }
        .filter(\.isFinite).map { UInt8(max(0, min(255, ($0 * 255).rounded()))) }
      labels.append(Label(value: value, name: name, color: color.count == 3 ? color : nil))
    }
    return labels
  }

  /// `Key="5" Red="0.0"` as a dictionary.
  private static func attributes(_ text: Substring) -> [String: String] {
    let parts = text.split(separator: "\"", omittingEmptySubsequences: false)
    var found: [String: String] = [:]
    for index in stride(from: 0, to: parts.count - 1, by: 2) {
      found[String(parts[index].filter { !$0.isWhitespace && $0 != "=" })] = String(parts[index + 1])
    }
    return found
  }

  private static func content(_ text: Substring) -> String {
    if text.hasPrefix("<![CDATA["), text.hasSuffix("]]>") { return String(text.dropFirst(9).dropLast(3)) }
    return [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&apos;", "'"), ("&amp;", "&")]
      .reduce(String(text)) { $0.replacing($1.0, with: $1.1) }
  }
}
