import Testing
import VoxCommand
import _VoxTestSupport

@Suite("Intensity steps")
struct IntensityTests {
  struct Example: CustomTestStringConvertible, Sendable {
    let name: String
    let steps: [any IntensityStep]
    let input: [Float]
    let output: [Float]
    var testDescription: String { name }
  }

  @Test(
    "values are as computed by hand or by numpy",
    arguments: [
      Example(
        name: "clip", steps: [ClipStep(low: -160, high: 240)], input: [-1000, -160, 0, 240, 3000],
        output: [-160, -160, 0, 240, 240]),
      Example(
        name: "scale does not clip", steps: [ScaleStep(from: (-160, 240), to: (0, 1))],
        input: [-560, -160, 40, 240, 640], output: [-1, 0, 0.5, 1, 2]),
      Example(
        name: "scale to -1...1", steps: [ScaleStep(from: (0, 10), to: (-1, 1))], input: [0, 5, 10],
        output: [-1, 0, 1]),
      Example(name: "z-score, given", steps: [ZScoreStep(mean: 10, sd: 4)], input: [2, 10, 18], output: [-2, 0, 2]),
      Example(
        // numpy: (x - x.mean()) / x.std() for x = [1, 2, 3, 4, 10]
        name: "z-score, own", steps: [ZScoreStep()], input: [1, 2, 3, 4, 10],
        output: [-0.94868326, -0.63245553, -0.31622776, 0, 1.8973665]),
      Example(name: "z-score, one value", steps: [ZScoreStep()], input: [5, 5, 5], output: [0, 0, 0]),
      Example(
        // numpy: quantile([0, 1, 2, 3, 10], [0.1, 0.9]) = [0.4, 7.2]
        name: "quantiles", steps: [QuantilesStep(low: 0.1, high: 0.9)], input: [10, 0, 2, 1, 3],
        output: [1, 0, 0.23529412, 0.08823529, 0.38235295]),
      Example(
        name: "quantiles, one value", steps: [QuantilesStep(low: 0.02, high: 0.98)], input: [7, 7], output: [0, 0]),
      Example(
        name: "in order", steps: [ClipStep(low: 0, high: 10), ScaleStep(from: (0, 10), to: (0, 1))],
        input: [-5, 5, 50], output: [0, 0.5, 1]),
      Example(
        name: "no voxels", steps: [ZScoreStep(), QuantilesStep(low: 0, high: 1)], input: [], output: []),
    ])
  func values(_ example: Example) {
    var values = example.input
    IntensitySteps(example.steps).apply(to: &values)
    #expect(values.count == example.output.count)
    for (value, expected) in zip(values, example.output) { #expect(abs(value - expected) < 1e-6) }
  }

  @Test(
    "a not-a-number stays one, and the other values are as without it",
    arguments: [ClipStep(low: 0, high: 2), ScaleStep(from: (0, 1), to: (1, 3)), QuantilesStep(low: 0.1, high: 0.9)]
      as [any IntensityStep])
  func notANumber(_ step: any IntensityStep) {
    let numbers: [Float] = [10, 0, 2, 1, 3]
    var (without, with) = (numbers, numbers)
    with.insert(.nan, at: 2)
    step.apply(to: &without)
    step.apply(to: &with)
    #expect(with.remove(at: 2).isNaN)
    #expect(with == without)
  }

  @Test("every registered step has a name of its own")
  func names() { #expect(Set(IntensityStepRegistry.all.map { $0.name }).count == IntensityStepRegistry.all.count) }
}
