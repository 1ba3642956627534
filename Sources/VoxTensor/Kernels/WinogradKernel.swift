internal import CDNNL
internal import CVoxKernels

/// A dense convolution of 3 x 3 x 3 with stride 1, or its derivative, in a third of the definition's multiplications.
///
/// `source` [1, C, D, H, W], `weights` [O, C, 3, 3, 3] and `bias` [O] to `destination`; or `destinationCotangent` and
/// `weights` to `sourceCotangent`. Weights are transformed at every run: that takes little against the rest and far less
/// memory than to keep them, for transformed they are 2.4 times as many.
///
/// - Source: Lavin and Gray, Fast Algorithms for Convolutional Neural Networks, CVPR 2016.
final class WinogradKernel: NativeKernel, KernelBackend {
  let implementation: String
  private var numbers: cvox_winograd
  private let layouts: [Kernel.Slot: Layout]
  private let (read, written): (Kernel.Slot, Kernel.Slot)
  /// Bias of every channel of the padded output.
  private let bias: UnsafeMutablePointer<Float>?
  private let channels: Int

  /// The forward pass; `nil` where the problem is another one, or too small to gain.
  convenience init?(_ problem: ConvolutionProblem) throws(EngineError) {
    try self.init(problem, isReverse: false)
  }

  /// The VJP; `nil` where the problem is another one, or too small to gain.
  convenience init?(vjpOf problem: ConvolutionProblem) throws(EngineError) {
    try self.init(problem, isReverse: true)
  }

  private init?(_ problem: ConvolutionProblem, isReverse: Bool) throws(EngineError) {
    guard cvox_winograd_available(), problem.isDenseCube else { return nil }
    let (from, to) = isReverse ? (problem.output, problem.input) : (problem.input, problem.output)
    let pads = isReverse ? problem.padsLow.map { 2 - $0 } : problem.padsLow
    numbers = cvox_winograd(
      inputs: from[1], outputs: to[1], input: (from[2], from[3], from[4]), output: (to[2], to[3], to[4]),
      pad: (pads[0], pads[1], pads[2]), threads: Int(cdnnl_threads()), reversed: isReverse)
    guard from[1] >= Self.fewestChannels, cvox_winograd_tiles(&numbers) >= Self.fewestTiles else { return nil }
    implementation = "native:\(isReverse ? "winograd VJP" : "winograd")"
    let scratch = cvox_winograd_filter_size(&numbers) + numbers.threads * cvox_winograd_task_size(&numbers)
    (read, written) = isReverse ? (.destinationCotangent, .sourceCotangent) : (.source, .destination)
    channels = to[1]
    let weights = Shape([problem.output[1], problem.input[1], 3, 3, 3])
    var layouts = [
      read: try Layout(from, lanes: 16), written: try Layout(to, lanes: 16),
      .weights: try Layout(filter: weights, interleaving: isReverse ? .inputs : .outputs),
      .scratchpad: try Layout(dense: [scratch]),
    ]
    if problem.hasBias && !isReverse {
      layouts[.bias] = try Layout(dense: [channels])
      let padded = (channels + 15) / 16 * 16
      let values = UnsafeMutablePointer<Float>.allocate(capacity: padded)
      values.initialize(repeating: 0, count: padded)
      bias = values
    } else {
      bias = nil
    }
    self.layouts = layouts
  }

  deinit { bias?.deallocate() }

  /// Fewer channels waste most of a block of 16.
  private static let fewestChannels = 8
  /// With fewer tiles the transform of the weights takes longer than it saves.
  private static let fewestTiles = 27

  func layout(_ slot: Kernel.Slot) -> Layout? { layouts[slot] }

  func run() throws(EngineError) {
    let (x, y, weights) = (try memory(read), try memory(written), try memory(.weights))
    if let bias { bias.update(from: try memory(.bias), count: channels) }
    let (numbers, bias) = (self.numbers, self.bias.map { UnsafePointer($0) })
    let filter = try memory(.scratchpad)
    withUnsafePointer(to: numbers) { numbers in
      inStretches(of: numbers.pointee.inputs, 8) { first, end in
        for input in first..<end { cvox_winograd_filter(numbers, weights, input, filter) }
      }
      let (tasks, threads) = (cvox_winograd_tasks(numbers), numbers.pointee.threads)
      let scratch = filter + cvox_winograd_filter_size(numbers)
      let taskSize = cvox_winograd_task_size(numbers)
      inParallel(threads) { thread in
        for task in stride(from: thread, to: tasks, by: threads) {
          cvox_winograd_task(numbers, x, filter, bias, task, scratch + thread * taskSize, y)
        }
      }
    }
  }
}

extension ConvolutionProblem {
  /// Whether every output voxel is a sum over its 27 neighbours in the input.
  fileprivate var isDenseCube: Bool {
    let ones = [1, 1, 1]
    return kernel == [3, 3, 3] && strides == ones && dilations == ones && groups == 1 && !isTransposed
      && input[0] == 1 && (padsLow + padsHigh).allSatisfy { (0...2).contains($0) }
  }
}
