public import VoxTensor

/// Every operator a network may use, one line each.
public enum OperatorRegistry {
  /// The operators in alphabetical order.
  public static let all: [any Operator.Type] = [
    Add.self,
    AveragePool.self,
    BatchNormalization.self,
    Cast.self,
    Concat.self,
    Conv.self,
    ConvTranspose.self,
    Div.self,
    Dropout.self,
    Elu.self,
    Flatten.self,
    Identity.self,
    InstanceNormalization.self,
    LeakyRelu.self,
    MaxPool.self,
    Mul.self,
    PRelu.self,
    Relu.self,
    Reshape.self,
    ShapeOf.self,
    Sigmoid.self,
    Softmax.self,
    Squeeze.self,
    Sub.self,
    Tanh.self,
    Transpose.self,
    Unsqueeze.self,
  ]

  private static let byName = Dictionary(all.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })

  /// The operator with a name of ONNX's default domain.
  public static func find(_ name: String) -> (any Operator.Type)? { byName[name] }
}
