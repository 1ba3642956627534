import VoxAttribution

extension MethodRegistry {
  /// The methods as tab-separated values with a header line.
  static var table: String {
    let rows = all.map { method in
      [
        method.name, method.shortName, method.summary, method.options.map { "--\($0.rawValue)" }.joined(separator: " "),
        method.reference.title, method.reference.url,
      ]
    }
    let header = ["name", "short_name", "summary", "options", "reference", "url"]
    return ([header] + rows).map { $0.joined(separator: "\t") + "\n" }.joined()
  }
}
