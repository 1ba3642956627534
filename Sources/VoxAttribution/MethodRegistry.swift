/// The attribution methods there are.
public enum MethodRegistry {
  /// One line per method, in the order they are listed.
  public static let all: [any AttributionMethod.Type] = [
    Gradient.self,
    SmoothGrad.self,
    IntegratedGradients.self,
  ]

  /// Makes a method from its name or the paper's short name.
  ///
  /// - Throws: ``AttributionError`` with code `usage` for an unknown name, an option the method does not take or a
  ///   value out of range.
  public static func method(
    _ name: String, options: MethodOptions = MethodOptions()
  ) throws(AttributionError) -> any AttributionMethod {
    guard let type = all.first(where: { $0.name == name || $0.shortName == name }) else {
      let names = all.map { "\($0.name) (\($0.shortName))" }.joined(separator: ", ")
      throw .usage("--method: expected one of \(names), found \"\(name)\"")
    }
    if let stray = options.given.first(where: { !type.options.contains($0) }) {
      let known = type.options.map { "--\($0.rawValue)" }.joined(separator: ", ")
      throw .usage("--\(stray.rawValue): \(type.name) takes \(known.isEmpty ? "no options" : "only \(known)")")
    }
    return try type.init(options)
  }
}
