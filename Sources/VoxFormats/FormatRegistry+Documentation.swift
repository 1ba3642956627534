extension FormatRegistry {
  /// A Markdown table of every format: what is read and what is written, DICOM first.
  public static var markdown: String {
    let dicom = [
      "DICOM", "series in files and folders", "folders of CT or MR images (`--dicom`)",
      "CT and MR, classic and enhanced, Siemens mosaics; " + DICOMTransferSyntax.families.joined(separator: ", "),
    ]
    let rows = all.map { format in
      let written = (format as? any WritableImageFormat.Type)?.writableExtensions ?? []
      return [format.name, endings(format.extensions), endings(written), format.summary]
    }
    let head = ["format", "read", "written", "what"]
    return ([head, head.map { _ in "---" }, dicom] + rows).map { "| " + $0.joined(separator: " | ") + " |\n" }.joined()
  }

  private static func endings(_ names: [String]) -> String { names.map { "`.\($0)`" }.joined(separator: " ") }
}

extension DICOMTransferSyntax {
  /// Names of the encodings that can be decoded, without their variants.
  fileprivate static var families: [String] {
    var found: [String] = []
    for syntax in all where syntax.isSupported {
      let family = String(syntax.name.prefix { $0 != "(" && $0 != "," }).trimmed
      if !found.contains(family) { found.append(family) }
    }
    return found
  }
}

extension String {
  fileprivate var trimmed: String { String(reversed().drop { $0 == " " }.reversed()) }
}
