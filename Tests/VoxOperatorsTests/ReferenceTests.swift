import Testing
import _VoxReference

/// References against ONNX's own: operators that no case of the table checks yet.
///
/// The expected values are those of `onnx.reference.ReferenceEvaluator`, onnx 1.23.2.
@Suite struct ReferenceTests {
  struct Case: CustomTestStringConvertible {
    let name: String
    let operatorName: String
    let inputs: [NDArray?]
    var attributes: [String: Reference.Attribute] = [:]
    var opset = 17
    let shape: [Int]
    let values: [Double]
    var testDescription: String { name }
  }

  static let squares = NDArray([1, 4, 2], [0, 0.1, 0.4, 0.9, 1.6, 2.5, 3.6, 4.9])
  static let line = NDArray([1, 1, 4], [1, 2, 4, 8])

  static let cases = [
    Case(
      name: "Softplus", operatorName: "Softplus", inputs: [NDArray([3], [-2, 0, 3])], shape: [3],
      values: [0.126928, 0.693147, 3.048587]),
    Case(
      name: "GroupNormalization: one scale per group", operatorName: "GroupNormalization",
      inputs: [squares, NDArray([2], [1, 2]), NDArray([2], [0, -1])], attributes: ["num_groups": 2], opset: 18,
      shape: [1, 4, 2],
      values: [-0.999959, -0.714257, 0.142851, 1.571364, -3.51236, -2.05357, -0.270606, 1.836535]),
    Case(
      name: "GroupNormalization: one scale per channel", operatorName: "GroupNormalization",
      inputs: [squares, NDArray([4], [1, 2, 3, 4]), NDArray([4], [0, -1, -2, -3])], attributes: ["num_groups": 2],
      opset: 21, shape: [1, 4, 2],
      values: [-0.999959, -0.714257, -0.714297, 2.142729, -5.768539, -3.580355, -1.541211, 2.673070]),
    Case(
      name: "LayerNormalization: last axis", operatorName: "LayerNormalization",
      inputs: [squares, NDArray([2], [1, 2]), NDArray([2], [0, -1])], shape: [1, 4, 2],
      values: [-0.998006, 0.996012, -0.999920, 0.999840, -0.999975, 0.999951, -0.999988, 0.999976]),
    Case(
      name: "LayerNormalization: two axes", operatorName: "LayerNormalization",
      inputs: [squares, NDArray([4, 2], [1, 2, 3, 4, 5, 6, 7, 8])], attributes: ["axis": 1], shape: [1, 4, 2],
      values: [-1.049107, -1.978316, -2.427933, -2.038264, -0.449617, 2.697703, 7.763390, 15.107138]),
    Case(
      name: "Pad: constant", operatorName: "Pad",
      inputs: [NDArray([2, 2], [1, 2, 3, 4]), NDArray([4], [0, 1, 1, 0]), NDArray([], [9])], shape: [3, 3],
      values: [9, 1, 2, 9, 3, 4, 9, 9, 9]),
    Case(
      name: "Resize: linear, by factors", operatorName: "Resize", inputs: [line, nil, NDArray([3], [1, 1, 2])],
      attributes: ["mode": "linear"], shape: [1, 1, 8], values: [1, 1.25, 1.75, 2.5, 3.5, 5, 7, 8]),
    Case(
      name: "Resize: linear, by sizes", operatorName: "Resize", inputs: [line, nil, nil, NDArray([3], [1, 1, 6])],
      attributes: ["mode": "linear"], shape: [1, 1, 6], values: [1, 1.5, 2.333333, 3.666667, 6, 8]),
    Case(
      name: "Resize: linear, two axes", operatorName: "Resize",
      inputs: [NDArray([1, 1, 2, 2], [1, 2, 3, 4]), nil, NDArray([4], [1, 1, 2, 1.5])],
      attributes: ["mode": "linear"], shape: [1, 1, 4, 3], values: [1, 1.5, 2, 1.5, 2, 2.5, 2.5, 3, 3.5, 3, 3.5, 4]),
    Case(
      name: "Resize: nearest", operatorName: "Resize", inputs: [line, nil, NDArray([3], [1, 1, 2])],
      shape: [1, 1, 8], values: [1, 1, 2, 2, 4, 4, 8, 8]),
    Case(
      name: "Resize: nearest below", operatorName: "Resize", inputs: [line, nil, nil, NDArray([3], [1, 1, 3])],
      attributes: ["nearest_mode": "floor"], shape: [1, 1, 3], values: [1, 2, 4]),
  ]

  @Test(arguments: cases)
  func referenceIsONNXs(_ expected: Case) throws {
    let found = try #require(
      Reference.evaluate(expected.operatorName, expected.attributes, opset: expected.opset, expected.inputs))
    #expect(found.shape == expected.shape)
    #expect(zip(found.values, expected.values).allSatisfy { abs($0 - $1) <= 2e-6 * max(1, abs($1)) })
    #expect(found.values.count == expected.values.count)
  }
}
