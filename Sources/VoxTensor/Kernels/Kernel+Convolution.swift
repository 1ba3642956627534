internal import CDNNL

/// The numbers of a convolution over one to three spatial axes, or of the transposed one from `input` to `output`.
public struct ConvolutionProblem: Sendable {
  /// Shape of what the forward pass reads, `[N, C, D1...Dk]`.
  public var input: Shape
  /// Shape of what it makes, `[N, O, E1...Ek]`.
  public var output: Shape
  public var kernel: [Int]
  public var strides: [Int]
  /// 1 is dense.
  public var dilations: [Int]
  public var padsLow: [Int]
  public var padsHigh: [Int]
  public var groups: Int
  public var hasBias: Bool
  public var isTransposed: Bool

  /// Makes a problem.
  public init(
    input: Shape, output: Shape, kernel: [Int], strides: [Int], dilations: [Int], padsLow: [Int], padsHigh: [Int],
    groups: Int, hasBias: Bool, isTransposed: Bool
  ) {
    (self.input, self.output, self.kernel) = (input, output, kernel)
    (self.strides, self.dilations, self.padsLow, self.padsHigh) = (strides, dilations, padsLow, padsHigh)
    (self.groups, self.hasBias, self.isTransposed) = (groups, hasBias, isTransposed)
  }

  fileprivate var parameters: cdnnl_convolution {
    var c = cdnnl_convolution()
    c.spatial = Int32(kernel.count)
    (c.batch, c.groups) = (Int64(input[0]), Int64(groups))
    (c.input_channels, c.output_channels) = (Int64(input[1]), Int64(output[1]))
    c.input = tuple(input.extents.dropFirst(2))
    c.output = tuple(output.extents.dropFirst(2))
    c.kernel = tuple(kernel)
    c.stride = tuple(strides)
    c.dilation = tuple(dilations)
    c.pad_low = tuple(padsLow)
    c.pad_high = tuple(padsHigh)
    (c.bias, c.transposed) = (hasBias, isTransposed)
    return c
  }

  /// The kernel with the library's choice of layouts, or with channels last where blocks would hold more padding than a
  /// third of the channels and there is more than the library's reference code for it; in 32-bit floats where there is
  /// nothing better in the wanted precision.
  fileprivate func library(_ precision: Precision, isReverse: Bool) throws(EngineError) -> DNNLKernel {
    let make = isReverse ? cdnnl_convolution_backward : cdnnl_convolution_forward
    var parameters = parameters
    if precision == .bf16 {
      parameters.bf16 = true
      var error = cdnnl_error()
      if let handle = make(&parameters, nil, nil, &error) {
        let kernel = DNNLKernel(owning: handle)
        if !kernel.implementation.hasPrefix("ref") { return kernel }
      }
      parameters.bf16 = false
    }
    if wastesBlocks {
      let (source, destination) = (try Layout(input, lanes: input[1]), try Layout(output, lanes: output[1]))
      var error = cdnnl_error()
      if let handle = make(&parameters, source.handle, destination.handle, &error) {
        let kernel = DNNLKernel(owning: handle)
        if !kernel.implementation.hasPrefix("ref") { return kernel }
      }
    }
    return DNNLKernel(owning: try made(name(isReverse: isReverse)) { make(&parameters, nil, nil, $0) })
  }

  /// Whether channels fill blocks badly on both sides.
  var wastesBlocks: Bool {
    input[0] == 1 && groups == 1 && [input[1], output[1]].allSatisfy { $0 > 4 && Layout.wastesBlocks(channels: $0) }
  }

  /// What messages call it.
  private func name(isReverse: Bool) -> String {
    "\(isReverse ? "VJP of " : "")\(isTransposed ? "transposed " : "")convolution of \(input)"
  }
}

/// How pooling makes one value of many.
public enum PoolingKind: Sendable { case maximum, averageIncludingPadding, average }

/// The numbers of a pooling over one to three spatial axes.
public struct PoolingProblem: Sendable {
  /// Extents of the output's spatial axes.
  public var output: [Int]
  public var kernel: [Int]
  public var strides: [Int]
  public var padsLow: [Int]
  public var padsHigh: [Int]
  public var kind: PoolingKind

  /// Makes a problem.
  public init(
    output: [Int], kernel: [Int], strides: [Int], padsLow: [Int], padsHigh: [Int], kind: PoolingKind
  ) {
    (self.output, self.kernel, self.strides) = (output, kernel, strides)
    (self.padsLow, self.padsHigh, self.kind) = (padsLow, padsHigh, kind)
  }

  fileprivate var parameters: cdnnl_pooling {
    var p = cdnnl_pooling()
    p.spatial = Int32(kernel.count)
    p.output = tuple(output)
    p.kernel = tuple(kernel)
    p.stride = tuple(strides)
    p.pad_low = tuple(padsLow)
    p.pad_high = tuple(padsHigh)
    p.kind =
      switch kind {
      case .maximum: CDNNL_MAX_POOL
      case .averageIncludingPadding: CDNNL_AVERAGE_POOL_INCLUDING_PADDING
      case .average: CDNNL_AVERAGE_POOL
      }
    return p
  }
}

extension Kernel {
  /// `source`, `weights` `[(G,) O, I, kernel]` and `bias` to `destination`: a loop of our own where one is faster, else the
  /// library's kernel.
  public convenience init(convolution problem: ConvolutionProblem, _ precision: Precision) throws(EngineError) {
    if let form = NativeConvolution.Form(problem, precision, isReverse: false) {
      self.init(try NativeConvolution(problem, form, isReverse: false))
    } else {
      self.init(try problem.library(precision, isReverse: false))
    }
  }

  /// `destinationCotangent` and `weights` to `sourceCotangent`.
  ///
  /// - Parameter ofOneChannel: whether one channel of the cotangent is not zero. Where there is a loop of our own for that,
  ///   only the plane of this channel is read, and of the weights the `row` that it has the number of.
  public convenience init(
    vjpOfConvolution problem: ConvolutionProblem, _ precision: Precision, ofOneChannel: Bool = false
  ) throws(EngineError) {
    var single = problem
    single.output[1] = 1
    if ofOneChannel, problem.groups == 1, let form = NativeConvolution.Form(ofOneChannel: single) {
      try self.init(vjpOf: single, form, rows: problem.output[1])
    } else if let form = NativeConvolution.Form(problem, precision, isReverse: true) {
      try self.init(vjpOf: problem, form, rows: nil)
    } else {
      self.init(try problem.library(precision, isReverse: true))
    }
  }

  private convenience init(
    vjpOf problem: ConvolutionProblem, _ form: NativeConvolution.Form, rows: Int?
  ) throws(EngineError) {
    self.init(try NativeConvolution(problem, form, isReverse: true, rows: rows))
    if form.addsInPlace {
      setAdding { () throws(EngineError) in
        let adding = Kernel(try NativeConvolution(problem, form, isReverse: true, adds: true, rows: rows))
        adding.allow(.sourceCotangent, inPlaceOf: .secondSource)
        return adding
      }
    }
  }

  /// `source` to `destination`, and a `workspace` for the VJP of a maximum.
  public convenience init(pooling problem: PoolingProblem, _ source: Layout) throws(EngineError) {
    var parameters = problem.parameters
    try self.init("pooling of \(source.shape)") { cdnnl_pooling_forward(&parameters, source.handle, $0) }
  }

  /// `destinationCotangent` and the forward pass's `workspace` to `sourceCotangent`, in the forward pass's layouts.
  public convenience init(
    vjpOfPooling problem: PoolingProblem, source: Layout, destination: Layout
  ) throws(EngineError) {
    var parameters = problem.parameters
    try self.init("VJP of pooling of \(source.shape)") {
      cdnnl_pooling_backward(&parameters, source.handle, destination.handle, $0)
    }
  }
}

private func tuple(_ values: some Collection<Int>) -> (Int64, Int64, Int64) {
  var all = values.map(Int64.init)
  all.append(contentsOf: repeatElement(1, count: max(0, 3 - all.count)))
  return (all[0], all[1], all[2])
}
