import VoxTensor

/// Which elements of an axis make one of the resized axis.
///
/// - Source: <https://onnx.ai/onnx/operators/onnx__Resize.html>.
struct Interpolation: Sendable {
  /// How neighbours become one value.
  enum Mode: String { case nearest, linear, cubic }

  /// Where an element of the output lies in the input.
  enum Coordinates: String {
    case halfPixel = "half_pixel"
    case symmetricHalfPixel = "half_pixel_symmetric"
    case pytorchHalfPixel = "pytorch_half_pixel"
    case halfPixelForNearest = "tf_half_pixel_for_nn"
    case alignCorners = "align_corners"
    case asymmetric
  }

  /// Which neighbour is the nearest.
  enum Rounding: String {
    case preferFloor = "round_prefer_floor"
    case preferCeil = "round_prefer_ceil"
    case floor, ceil
  }

  let mode: Mode
  let coordinates: Coordinates
  let rounding: Rounding
  /// The coefficient of cubic interpolation.
  let cubic: Double
  /// Whether neighbours outside the axis count nothing, the others sharing their weight.
  let excludesOutside: Bool

  /// The map of one axis.
  ///
  /// - Parameter scale: extent of the output relative to the input, as the file gives it.
  func map(from input: Int, to output: Int, scale: Double) throws(EngineError) -> AxisMap {
    try AxisMap(inputs: input, outputs: output) { position in
      taps(at: place(position, from: input, to: output, scale: scale), extent: input)
    }
  }

  private func place(_ position: Int, from input: Int, to output: Int, scale: Double) -> Double {
    let position = Double(position)
    switch coordinates {
    case .halfPixel: return (position + 0.5) / scale - 0.5
    case .symmetricHalfPixel:
      let adjustment = Double(output) / (scale * Double(input))
      return Double(input) / 2 * (1 - adjustment) + (position + 0.5) / scale - 0.5
    case .pytorchHalfPixel: return output > 1 ? (position + 0.5) / scale - 0.5 : 0
    case .halfPixelForNearest: return (position + 0.5) / scale
    case .alignCorners: return output > 1 ? position * Double(input - 1) / Double(output - 1) : 0
    case .asymmetric: return position / scale
    }
  }

  private func taps(at place: Double, extent: Int) -> [AxisMap.Tap] {
    let below = place.rounded(.down)
    let fraction = place - below
    let inside = { (offset: Int) in Int(min(max(below + Double(offset), 0), Double(extent - 1))) }
    switch mode {
    case .nearest:
      let nearest =
        switch rounding {
        case .preferFloor: (place - 0.5).rounded(.up)
        case .preferCeil: (place + 0.5).rounded(.down)
        case .floor: below
        case .ceil: place.rounded(.up)
        }
      return [AxisMap.Tap(Int(min(max(nearest, 0), Double(extent - 1))))]
    case .linear:
      let (first, second) = (inside(0), inside(1))
      if first == second || fraction == 0 { return [AxisMap.Tap(first)] }
      return [AxisMap.Tap(first, Float(1 - fraction)), AxisMap.Tap(second, Float(fraction))]
    case .cubic:
      var weights = (-1...2).map { cubicWeight(abs(fraction - Double($0))) }
      if excludesOutside {
        for offset in -1...2 where !(0..<Double(extent)).contains(below + Double(offset)) { weights[offset + 1] = 0 }
        let sum = weights.reduce(0, +)
        weights = weights.map { $0 / sum }
      }
      return (-1...2).map { AxisMap.Tap(inside($0), Float(weights[$0 + 1])) }
    }
  }

  /// - Source: Keys, Cubic convolution interpolation for digital image processing, 1981.
  private func cubicWeight(_ distance: Double) -> Double {
    let a = cubic
    if distance <= 1 { return ((a + 2) * distance - (a + 3)) * distance * distance + 1 }
    return distance < 2 ? ((a * distance - 5 * a) * distance + 8 * a) * distance - 4 * a : 0
  }
}
