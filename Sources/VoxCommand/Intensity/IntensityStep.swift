/// One step that brings a scan's values to what a network was trained on.
///
/// A step is written in a model card as an object with the step's name under `step` beside its parameters.
public protocol IntensityStep: Sendable, Hashable, Codable {
  /// What the step is called in a card.
  static var name: String { get }

  /// The parameters' names in a card.
  static var parameters: [String] { get }

  /// Changes the values of a whole volume in place.
  ///
  /// - Complexity: O(voxels) unless said otherwise.
  func apply(to values: inout [Float])

  /// What is wrong with the parameters; `nil` where nothing is.
  var problem: String? { get }
}

/// The intensity steps a card may name.
public enum IntensityStepRegistry {
  /// One line per step.
  public static let all: [any IntensityStep.Type] = [
    ClipStep.self,
    ScaleStep.self,
    ZScoreStep.self,
    QuantilesStep.self,
  ]
}

/// The intensity steps of a card, applied in order.
public struct IntensitySteps: Sendable, Codable {
  /// First step first.
  public var steps: [any IntensityStep]

  /// Makes a sequence of steps.
  public init(_ steps: [any IntensityStep] = []) { self.steps = steps }

  /// Changes the values of a whole volume in place.
  public func apply(to values: inout [Float]) {
    for step in steps { step.apply(to: &values) }
  }

  /// Reads an array of objects.
  ///
  /// - Throws: `DecodingError` that names the step and the parameter.
  public init(from decoder: any Decoder) throws {
    var list = try decoder.unkeyedContainer()
    steps = []
    while !list.isAtEnd {
      let inner = try list.superDecoder()
      let fields = try inner.container(keyedBy: AnyKey.self)
      let name = try fields.decode(String.self, forKey: AnyKey("step"))
      guard let type = IntensityStepRegistry.all.first(where: { $0.name == name }) else {
        let known = IntensityStepRegistry.all.map { $0.name }.joined(separator: ", ")
        throw fields.problem("step", "unknown intensity step \"\(name)\", expected one of \(known)")
      }
      try fields.rejectKeys(except: ["step"] + type.parameters, in: "intensity step \(name)")
      let step = try type.init(from: inner)
      if let problem = step.problem { throw fields.problem("step", "intensity step \(name): \(problem)") }
      steps.append(step)
    }
  }

  /// Writes an array of objects.
  public func encode(to encoder: any Encoder) throws {
    var list = encoder.unkeyedContainer()
    for step in steps {
      let inner = list.superEncoder()
      try step.encode(to: inner)
      var fields = inner.container(keyedBy: AnyKey.self)
      try fields.encode(type(of: step).name, forKey: AnyKey("step"))
    }
  }
}

extension IntensitySteps: Hashable {
  public static func == (left: Self, right: Self) -> Bool {
    left.steps.map { AnyHashable($0) } == right.steps.map { AnyHashable($0) }
  }

  public func hash(into hasher: inout Hasher) { hasher.combine(steps.map { AnyHashable($0) }) }
}
