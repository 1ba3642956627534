/// `{"step": "scale", "from": [-160, 240], "to": [0, 1]}`: the straight line through both ends; nothing is clipped.
public struct ScaleStep: IntensityStep {
  public static let name = "scale"
  public static let parameters = ["from", "to"]

  /// Two values before the step.
  public var from: [Float]
  /// What they become.
  public var to: [Float]

  /// Makes a step.
  public init(from: (Float, Float), to: (Float, Float)) {
    (self.from, self.to) = ([from.0, from.1], [to.0, to.1])
  }

  public var problem: String? {
    if from.count != 2 || to.count != 2 { return "expected two numbers in from and in to" }
    return from[0] == from[1] ? "expected two different numbers in from, found \(from[0]) twice" : nil
  }

  public func apply(to values: inout [Float]) {
    let slope = (to[1] - to[0]) / (from[1] - from[0])
    for index in values.indices { values[index] = (values[index] - from[0]) * slope + to[0] }
  }
}
