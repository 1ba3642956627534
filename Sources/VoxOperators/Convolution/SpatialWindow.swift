import VoxTensor

/// The attributes that convolutions and poolings share: how a window moves over the spatial axes.
///
/// - Source: <https://onnx.ai/onnx/operators/onnx__Conv.html>.
struct SpatialWindow: Sendable {
  /// How missing padding is found.
  enum AutoPad: String { case explicit = "NOTSET", sameUpper = "SAME_UPPER", sameLower = "SAME_LOWER", valid = "VALID" }

  /// One window over given extents.
  struct Resolved {
    var kernel: [Int]
    var strides: [Int]
    var dilations: [Int]
    var padsLow: [Int]
    var padsHigh: [Int]

    /// Extent of the dilated kernel along an axis.
    func reach(_ axis: Int) -> Int { (kernel[axis] - 1) * dilations[axis] + 1 }
  }

  private let kernel: [Int]?
  private let strides: [Int]?
  private let dilations: [Int]?
  private let pads: [Int]?
  private let autoPad: AutoPad

  /// Reads `kernel_shape`, `strides`, `dilations`, `pads` and `auto_pad`.
  init(_ attributes: inout Attributes) throws(EngineError) {
    kernel = try attributes.integers("kernel_shape")
    strides = try attributes.integers("strides")
    dilations = try attributes.integers("dilations")
    pads = try attributes.integers("pads")
    let name = try attributes.string("auto_pad", default: "NOTSET")
    guard let autoPad = AutoPad(rawValue: name) else {
      throw EngineError(
        .malformed, "expected NOTSET, SAME_UPPER, SAME_LOWER or VALID, found \(name)", at: .attribute("auto_pad"))
    }
    self.autoPad = autoPad
  }

  /// The window over spatial extents.
  ///
  /// - Parameters:
  ///   - extents: spatial extents of the input.
  ///   - weights: kernel extents of the weights, where there are weights.
  func resolved(over extents: [Int], weights: [Int]? = nil) throws(EngineError) -> Resolved {
    let rank = extents.count
    guard (1...3).contains(rank) else {
      throw EngineError(.unsupported, "expected 1 to 3 spatial axes, found \(rank)")
    }
    guard let kernel = self.kernel ?? weights else {
      throw EngineError(.malformed, "is required", at: .attribute("kernel_shape"))
    }
    if let weights, weights != kernel {
      throw EngineError(
        .malformed, "expected \(weights) as the weights have, found \(kernel)", at: .attribute("kernel_shape"))
    }
    var window = Resolved(
      kernel: kernel, strides: strides ?? [Int](repeating: 1, count: rank),
      dilations: dilations ?? [Int](repeating: 1, count: rank), padsLow: [Int](repeating: 0, count: rank),
      padsHigh: [Int](repeating: 0, count: rank))
    for (name, values) in [("kernel_shape", kernel), ("strides", window.strides), ("dilations", window.dilations)] {
      guard values.count == rank, values.allSatisfy({ (1...1 << 20).contains($0) }) else {
        throw EngineError(.malformed, "expected \(rank) positive values, found \(values)", at: .attribute(name))
      }
    }
    switch autoPad {
    case .valid: break
    case .explicit:
      let pads = self.pads ?? [Int](repeating: 0, count: 2 * rank)
      guard pads.count == 2 * rank, pads.allSatisfy({ (0...1 << 20).contains($0) }) else {
        throw EngineError(.malformed, "expected \(2 * rank) values from 0, found \(pads)", at: .attribute("pads"))
      }
      (window.padsLow, window.padsHigh) = (Array(pads[..<rank]), Array(pads[rank...]))
    case .sameUpper, .sameLower:
      for axis in 0..<rank {
        let steps = (extents[axis] + window.strides[axis] - 1) / window.strides[axis]
        let total = max(0, (steps - 1) * window.strides[axis] + window.reach(axis) - extents[axis])
        window.padsLow[axis] = autoPad == .sameUpper ? total / 2 : (total + 1) / 2
        window.padsHigh[axis] = total - window.padsLow[axis]
      }
    }
    return window
  }

  /// Whether padding follows from the shapes instead of being given.
  var isAutomatic: Bool { autoPad == .sameUpper || autoPad == .sameLower }
}

extension SpatialWindow.Resolved {
  /// Spatial extents of the output over spatial extents of the input.
  ///
  /// - Parameter roundingUp: `ceil_mode`; a last window that would start in the padding is dropped.
  func outputExtents(over input: [Int], roundingUp: Bool = false) throws(EngineError) -> [Int] {
    var output: [Int] = []
    for axis in input.indices {
      let room = input[axis] + padsLow[axis] + padsHigh[axis] - reach(axis)
      guard room >= 0 else {
        throw EngineError(
          .malformed,
          "spatial axis \(axis): the kernel covers \(reach(axis)) elements, the padded input has only "
            + "\(room + reach(axis)); use a larger window")
      }
      var steps = (roundingUp ? room + strides[axis] - 1 : room) / strides[axis] + 1
      if roundingUp, (steps - 1) * strides[axis] >= input[axis] + padsLow[axis] { steps -= 1 }
      output.append(steps)
    }
    return output
  }
}

/// Reads `group`.
func groupCount(_ attributes: inout Attributes) throws(EngineError) -> Int {
  let groups = try attributes.integer("group", default: 1)
  guard (1...1 << 20).contains(groups) else {
    throw EngineError(.malformed, "expected a positive number of groups, found \(groups)", at: .attribute("group"))
  }
  return groups
}
