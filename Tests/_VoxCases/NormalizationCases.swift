import _VoxReference

extension OperatorCase {
  static let normalizations: [OperatorCase] =
    [1, 3, 8, 16, 17, 30].map { instanceNormalization("\($0) channels", [1, $0, 5, 4, 6]) }
    + [
      instanceNormalization("two instances", [2, 5, 3, 4, 6]),
      instanceNormalization("two spatial axes", [1, 16, 6, 7]),
      instanceNormalization("one spatial axis", [1, 3, 37]),
      instanceNormalization("large epsilon", [1, 8, 3, 4, 5], epsilon: 0.5),
    ]
    + [1, 3, 16, 17].map { batchNormalization("\($0) channels", [1, $0, 5, 4, 3]) }
    + [
      batchNormalization("two instances, two spatial axes", [2, 5, 4, 6]),
      batchNormalization("no spatial axis", [4, 6]),
      batchNormalization("large epsilon", [1, 3, 5, 4, 3], epsilon: 0.5),
    ]

  private static func instanceNormalization(_ note: String, _ shape: [Int], epsilon: Float = 1e-5) -> OperatorCase {
    let channels = [shape[1]]
    return OperatorCase(
      "InstanceNormalization", note, shape, inputs: [.x, .literal(channels, .awayFromZero), .literal(channels)],
      ["epsilon": .float(epsilon)])
  }

  private static func batchNormalization(_ note: String, _ shape: [Int], epsilon: Float = 1e-5) -> OperatorCase {
    let channels = [shape[1]]
    return OperatorCase(
      "BatchNormalization", note, shape,
      inputs: [
        .x, .literal(channels, .awayFromZero), .literal(channels), .literal(channels), .literal(channels, .positive),
      ],
      ["epsilon": .float(epsilon), "momentum": 0.9])
  }
}
