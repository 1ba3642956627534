internal import CDNNL
internal import CVoxKernels

/// A convolution of 3 x 3 x 3 or of patches, or its derivative, where a loop of our own is faster than the kernel library.
///
/// `source` [1, C, D, H, W], `weights` [O, C, kernel] and `bias` [O] to `destination`; or `destinationCotangent` and
/// `weights` to `sourceCotangent`. Weights are prepared at every run but those that follow directly for another
/// cotangent: that takes little against the rest and far less memory than to keep them, for transformed by minimal
/// filtering they are 2.4 to 14 times as many. Where a `row` says which output channel's weights are meant, they are
/// another cotangent's no more.
final class NativeConvolution: NativeKernel, KernelBackend {
  /// How a convolution is carried out.
  enum Form {
    /// Minimal filtering of channels in blocks, 8 multiplications for the 27 of the definition.
    case winograd
    /// The same with tiles of four results along the two faster axes, 4.5 multiplications.
    case winogradOfLongTiles
    /// The same with tiles of four results along every axis, 3.4 multiplications; for the VJP, where less accuracy is
    /// enough.
    case winogradOfLargeTiles
    /// The same with tiles of four results along the slowest axis and six along the others, 2.7 multiplications; likewise.
    case winogradOfLargestTiles
    /// With stride 2 from the coarser end to the finer one, in blocks: 15.6 multiplications for the 27 of the definition.
    case winogradUpsampling
    /// With stride 2 from the finer end to the coarser one, likewise.
    case winogradDownsampling
    /// Minimal filtering in C order, where channels would fill blocks badly and rows fill vectors well.
    case winogradOfRows
    /// With stride 2 from blocks of channels to few channels in C order.
    case upsampling
    /// The same from blocks to blocks.
    case upsamplingInBlocks
    /// With stride 2 from few channels in C order to blocks of channels.
    case downsampling
    /// From blocks of channels to few channels in C order.
    case fewOutputs
    /// Kernels as long as their strides, from patches to places; few channels are in C order.
    case gatheredPatches
    /// The same from places to patches.
    case scatteredPatches

    /// The form for a convolution; `nil` where the kernel library is better.
    init?(_ problem: ConvolutionProblem, _ precision: Precision, isReverse: Bool) {
      guard let lanes = Vectors.lanes else { return nil }
      if precision == .f32, problem.fitsPatches {
        self = problem.isTransposed == isReverse ? .gatheredPatches : .scatteredPatches
        return
      }
      guard problem.isPlainCube else { return nil }
      let channels = isReverse ? problem.output[1] : problem.input[1]
      let written = isReverse ? problem.input[1] : problem.output[1]
      if problem.isTransposed || problem.strides != [1, 1, 1] {
        let finer = problem.isTransposed ? problem.output : problem.input
        guard problem.strides == [2, 2, 2], problem.isDense, problem.padsLow.allSatisfy({ (0...1).contains($0) }) else {
          return nil
        }
        if ![channels, written].contains(where: Layout.wastesBlocks) {
          let goesUp = problem.isTransposed != isReverse
          let tiles = Self.tiles(of: [4, 4, 4], finer, problem.dilations)
          // With fewer the transform of the weights takes longer than it saves against the library's kernels.
          if precision == .f32, tiles >= (lanes == 8 && goesUp ? 8 : 96), !goesUp || problem.padsLow == [1, 1, 1] {
            self = goesUp ? .winogradUpsampling : .winogradDownsampling
            return
          }
          // The library has a kernel of its own in wider vectors alone.
          if lanes == 8, goesUp {
            self = .upsamplingInBlocks
            return
          }
        }
        guard Layout.wastesBlocks(channels: finer[1]), Self.fills(stretchesOf: lanes == 16 ? 96 : 32, finer[4])
        else { return nil }
        self = problem.isTransposed == isReverse ? .downsampling : .upsampling
        // A bias would have to be added in blocks; the kernel library is good enough at that.
        if self == .downsampling, !isReverse { return nil }
      } else {
        let results = isReverse ? problem.input : problem.output
        // With fewer tiles the transform of the weights takes longer than it saves.
        guard problem.isDense || Self.fillsTiles(results, problem.dilations),
          Self.tiles(of: [2, 2, 2], problem.output, problem.dilations) >= 27
        else { return nil }
        if channels >= lanes / 2, written <= Int(CVOX_MOST_FEW_OUTPUTS), problem.isDense {
          self = .fewOutputs
        } else if problem.wastesBlocks, problem.isDense, channels <= Int(CVOX_MOST_CHANNELS_OF_ROWS),
          Self.fills(stretchesOf: 32, problem.output[4])
        {
          self = .winogradOfRows
        } else {
          // Fewer channels waste most of a block.
          guard channels >= lanes / 2 else { return nil }
          self = Self.fittest(results, problem.dilations, isReverse: isReverse)
        }
      }
    }

    /// The form for the VJP of a convolution of one output channel; `nil` where there is none.
    init?(ofOneChannel problem: ConvolutionProblem) {
      if let form = Form(problem, .f32, isReverse: true) {
        self = form
      } else if Vectors.lanes != nil, problem.isPlainCube, !problem.isTransposed, problem.strides == [1, 1, 1],
        problem.isDense, Layout.wastesBlocks(channels: problem.input[1]),
        Self.fills(stretchesOf: 32, problem.output[4])
      {
        self = .winogradOfRows
      } else {
        return nil
      }
    }

    /// The tiles that take the fewest multiplications. Larger ones have to save a tenth, for they take more memory.
    private static func fittest(_ written: Shape, _ dilations: [Int], isReverse: Bool) -> Form {
      let candidates: [(form: Form, tile: [Int], points: Int)] = [
        (.winograd, [2, 2, 2], 64), (.winogradOfLongTiles, [2, 4, 4], 144), (.winogradOfLargeTiles, [4, 4, 4], 216),
        (.winogradOfLargestTiles, [4, 6, 6], 384),
      ]
      /// Tiles whose multiplications take as long as to prepare the weights.
      let preparation = 32
      var (found, least) = (Form.winograd, Double.infinity)
      for candidate in candidates where isReverse || !candidate.form.isForDerivatives {
        let tiles = tiles(of: candidate.tile, written, dilations)
        // They are multiplied some at a time.
        let some = Vectors.lanes == 8 ? 12 : 18
        let cost = Double(candidate.points * ((tiles + some - 1) / some * some + preparation))
        if cost < 0.9 * least { (found, least) = (candidate.form, cost) }
      }
      return found
    }

    /// How many tiles there are; places as far apart as the dilation are a grid of their own.
    private static func tiles(of tile: [Int], _ written: Shape, _ dilations: [Int]) -> Int {
      (0..<3).reduce(1) { tiles, axis in
        let grid = (written[2 + axis] + dilations[axis] - 1) / dilations[axis]
        return tiles * dilations[axis] * ((grid + tile[axis] - 1) / tile[axis])
      }
    }

    /// Whether tiles are not so empty that they take more multiplications than the definition; with a dilation of most of
    /// the extents they are.
    private static func fillsTiles(_ written: Shape, _ dilations: [Int]) -> Bool {
      let extents = written.extents.dropFirst(2)
      return zip(dilations, extents).allSatisfy { $0 <= $1 }
        && 64 * tiles(of: [2, 2, 2], written, dilations) <= 27 * extents.reduce(1, *)
    }

    /// Whether a row of results uses most of the stretches it is cut into.
    private static func fills(stretchesOf count: Int, _ length: Int) -> Bool {
      3 * length >= 2 * count * ((length + count - 1) / count)
    }

    /// Whether it can add its results to what is there.
    var addsInPlace: Bool {
      switch self {
      case .winograd, .winogradOfLongTiles, .winogradOfLargeTiles, .winogradOfLargestTiles, .winogradUpsampling,
        .winogradDownsampling, .fewOutputs, .upsamplingInBlocks, .gatheredPatches, .scatteredPatches:
        true
      case .winogradOfRows, .upsampling, .downsampling: false
      }
    }

    /// Whether it is less accurate than logits should be.
    private var isForDerivatives: Bool { self == .winogradOfLargeTiles || self == .winogradOfLargestTiles }

    /// Time relative to that of the definition's multiplications, transforms included.
    fileprivate var timeShare: Double {
      switch self {
      case .winograd, .winogradOfRows: 0.65
      case .winogradOfLongTiles: 0.45
      case .winogradOfLargeTiles: 0.3
      case .winogradOfLargestTiles: 0.26
      case .winogradUpsampling, .winogradDownsampling: 0.75
      case .upsampling, .upsamplingInBlocks, .downsampling, .fewOutputs, .gatheredPatches, .scatteredPatches: 1
      }
    }

    fileprivate var code: cvox_convolution_form {
      switch self {
      case .winograd: CVOX_WINOGRAD_BLOCKS
      case .winogradOfLongTiles: CVOX_WINOGRAD_LONG_BLOCKS
      case .winogradOfLargeTiles: CVOX_WINOGRAD_LARGE_BLOCKS
      case .winogradOfLargestTiles: CVOX_WINOGRAD_LARGEST_BLOCKS
      case .winogradUpsampling: CVOX_WINOGRAD_UPSAMPLING
      case .winogradDownsampling: CVOX_WINOGRAD_DOWNSAMPLING
      case .winogradOfRows: CVOX_WINOGRAD_ROWS
      case .upsampling: CVOX_UPSAMPLING
      case .upsamplingInBlocks: CVOX_UPSAMPLING_BLOCKS
      case .downsampling: CVOX_DOWNSAMPLING
      case .fewOutputs: CVOX_FEW_OUTPUTS
      case .gatheredPatches: CVOX_GATHERED_PATCHES
      case .scatteredPatches: CVOX_SCATTERED_PATCHES
      }
    }

    fileprivate var name: String {
      switch self {
      case .winograd: "winograd"
      case .winogradOfLongTiles: "winograd of long tiles"
      case .winogradOfLargeTiles: "winograd of large tiles"
      case .winogradOfLargestTiles: "winograd of largest tiles"
      case .winogradUpsampling: "winograd upsampling"
      case .winogradDownsampling: "winograd downsampling"
      case .winogradOfRows: "winograd of rows"
      case .upsampling: "upsampling"
      case .upsamplingInBlocks: "upsampling in blocks"
      case .downsampling: "downsampling"
      case .fewOutputs: "few outputs"
      case .gatheredPatches: "gathered patches"
      case .scatteredPatches: "scattered patches"
      }
    }

    /// The layouts of what is read and written.
    fileprivate func layouts(
      _ problem: ConvolutionProblem, isReverse: Bool
    ) throws(EngineError) -> (read: Layout, written: Layout) {
      let (from, to) = isReverse ? (problem.output, problem.input) : (problem.input, problem.output)
      let dense = { (shape: Shape) throws(EngineError) in try Layout(dense: shape) }
      let blocked = { (shape: Shape) throws(EngineError) in try Layout(shape, lanes: Vectors.block) }
      return switch self {
      case .winograd, .winogradOfLongTiles, .winogradOfLargeTiles, .winogradOfLargestTiles, .winogradUpsampling,
        .winogradDownsampling, .upsamplingInBlocks:
        (try blocked(from), try blocked(to))
      case .winogradOfRows: (try dense(from), try dense(to))
      case .upsampling, .fewOutputs: (try blocked(from), try dense(to))
      case .downsampling: (try dense(from), try blocked(to))
      case .gatheredPatches, .scatteredPatches:
        (
          areInPlanes(from[1]) ? try dense(from) : try blocked(from),
          areInPlanes(to[1]) ? try dense(to) : try blocked(to)
        )
      }
    }
  }

  let implementation: String
  let timeShare: Double
  private var numbers: cvox_convolution
  private let layouts: [Kernel.Slot: Layout]
  private let (read, written): (Kernel.Slot, Kernel.Slot)
  /// Bias of every channel of the padded output.
  private let bias: UnsafeMutablePointer<Float>?
  private let channels: Int
  /// Threads that have tasks, each with memory of its own.
  private let workers: Int
  /// How many values the prepared weights are; the scratchpad begins with them.
  private let preparedCount: Int
  /// Of the weights of one output channel, where a `row` says which channel that is.
  private let weightsOfRow: Int?

  /// Bytes of results that caches do not hold until they are read. Where neighbouring places are written at different
  /// times, blocks of 8 channels would be halves of cache lines.
  private static let cached = 1 << 24

  /// Prepares the forward pass, or the VJP.
  ///
  /// - Parameters:
  ///   - adds: whether the sum of the results and the `secondSource` is written.
  ///   - rows: where the problem has one output channel that is one of so many, numbered by `row`.
  init(
    _ problem: ConvolutionProblem, _ form: Form, isReverse: Bool, adds: Bool = false, rows: Int? = nil
  ) throws(EngineError) {
    timeShare = form.timeShare
    implementation = "native:\(form.name)\(isReverse ? " VJP" : "")\(rows == nil ? "" : " of one channel")"
    weightsOfRow = rows.map { _ in problem.input[1] * problem.kernel.reduce(1, *) }
    let (from, to) = isReverse ? (problem.output, problem.input) : (problem.input, problem.output)
    // With stride 2 the finer end is padded in both passes; else the derivative sees as far as the filter hangs over.
    let pads =
      isReverse && problem.strides == [1, 1, 1]
      ? zip(problem.padsLow, problem.dilations).map { 2 * $1 - $0 } : problem.padsLow
    let own = try form.layouts(problem, isReverse: isReverse)
    numbers = cvox_convolution(
      form: form.code, lanes: Vectors.block, reversed: isReverse, adds: adds,
      streams: own.written.bytes >= Self.cached && (Vectors.block == 16 || !problem.isScattered(by: form)),
      inputs: from[1], outputs: to[1], input: (from[2], from[3], from[4]), output: (to[2], to[3], to[4]),
      dilation: (problem.dilations[0], problem.dilations[1], problem.dilations[2]), pad: (pads[0], pads[1], pads[2]),
      step: (problem.strides[0], problem.strides[1], problem.strides[2]), input_in_planes: areInPlanes(from[1]),
      output_in_planes: areInPlanes(to[1]), threads: Int(cdnnl_threads()))
    if problem.kernel == [1, 1, 1] {
      // Rows do not matter then.
      (numbers.input, numbers.output) = ((1, 1, from[2] * from[3] * from[4]), (1, 1, to[2] * to[3] * to[4]))
    }
    workers = min(numbers.threads, cvox_convolution_tasks(&numbers))
    preparedCount = cvox_convolution_filter_size(&numbers)
    let scratch = preparedCount + workers * cvox_convolution_task_size(&numbers)
    (read, written) = isReverse ? (.destinationCotangent, .sourceCotangent) : (.source, .destination)
    channels = to[1]
    var layouts = [
      read: own.read, written: own.written,
      // In this order one copy serves both passes.
      .weights: try Layout(dense: Shape([rows ?? problem.output[1], problem.input[1]] + problem.kernel)),
      .scratchpad: try Layout(dense: [scratch]),
    ]
    if adds { layouts[.secondSource] = own.written }
    if rows != nil { layouts[.row] = try Layout(dense: [1]) }
    if problem.hasBias && !isReverse {
      layouts[.bias] = try Layout(dense: [channels])
      let padded = (channels + Vectors.block - 1) / Vectors.block * Vectors.block
      let values = UnsafeMutablePointer<Float>.allocate(capacity: padded)
      values.initialize(repeating: 0, count: padded)
      bias = values
    } else {
      bias = nil
    }
    self.layouts = layouts
  }

  deinit { bias?.deallocate() }

  func layout(_ slot: Kernel.Slot) -> Layout? { layouts[slot] }

  var preparedBytes: Int { weightsOfRow == nil ? MemoryLayout<Float>.size * preparedCount : 0 }

  func run() throws(EngineError) {
    if let bias { bias.update(from: try memory(.bias), count: channels) }
    let first = try weightsOfRow.map { count throws(EngineError) in count * Int(try memory(.row).pointee) } ?? 0
    let (numbers, weights, filter) = (self.numbers, try memory(.weights) + first, try memory(.scratchpad))
    withUnsafePointer(to: numbers) { numbers in
      inStretches(of: numbers.pointee.inputs, 8) { first, end in
        for input in first..<end { cvox_convolution_filter(numbers, weights, input, filter) }
      }
    }
    try multiply()
  }

  func runAgain() throws(EngineError) { try weightsOfRow == nil ? multiply() : run() }

  private func multiply() throws(EngineError) {
    let (x, y, filter) = (try memory(read), try memory(written), try memory(.scratchpad))
    let (numbers, bias, workers) = (self.numbers, self.bias.map { UnsafePointer($0) }, self.workers)
    let scratch = filter + preparedCount
    if numbers.adds { bringAddend(try memory(.secondSource), to: y, (layouts[written]?.bytes ?? 0) / 4) }
    withUnsafePointer(to: numbers) { numbers in
      let tasks = cvox_convolution_tasks(numbers)
      let taskSize = cvox_convolution_task_size(numbers)
      inParallel(tasks, workers: workers) { task, worker in
        cvox_convolution_task(numbers, x, filter, bias, task, scratch + worker * taskSize, y)
      }
    }
  }
}

extension ConvolutionProblem {
  /// Whether every output voxel is a sum over its 27 neighbours in the input, or those some voxels away, or gives to as many.
  fileprivate var isPlainCube: Bool {
    kernel == [3, 3, 3] && groups == 1 && input[0] == 1
      && (isTransposed || zip(padsLow + padsHigh, dilations + dilations).allSatisfy { 0...2 * $1 ~= $0 })
  }

  /// Whether neighbouring voxels touch.
  fileprivate var isDense: Bool { dilations == [1, 1, 1] }

  /// Whether neighbouring places are written at different times.
  fileprivate func isScattered(by form: NativeConvolution.Form) -> Bool {
    form == .scatteredPatches || form == .upsamplingInBlocks || kernel != [1, 1, 1] && dilations[2] != 1
  }

  /// Whether kernels lie side by side and fill the finer end, and a loop of our own is faster than the library: where they
  /// are longer than one voxel, but have few, else where one side has channels that do not fill a block.
  fileprivate var fitsPatches: Bool {
    let (coarse, fine) = isTransposed ? (input, output) : (output, input)
    let planes = [areInPlanes(input[1]), areInPlanes(output[1])]
    guard input.rank == 5, input[0] == 1, groups == 1, kernel == strides, kernel.reduce(1, *) <= 27,
      zip(kernel, dilations).allSatisfy({ $0 == 1 || $1 == 1 }), padsLow.allSatisfy({ $0 == 0 }),
      zip(coarse.extents.dropFirst(2), zip(strides, fine.extents.dropFirst(2))).allSatisfy({ $0 * $1.0 == $1.1 })
    else { return false }
    let fillsBlocks = [input[1], output[1]].allSatisfy { areInPlanes($0) || !Layout.wastesBlocks(channels: $0) }
    return fillsBlocks && (planes[0] != planes[1] || !planes[0] && kernel != [1, 1, 1])
  }
}

/// Whether patches have so many channels in C order: they do not fill a block.
private func areInPlanes(_ channels: Int) -> Bool { channels < Vectors.block }
