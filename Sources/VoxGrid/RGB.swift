/// A colour of three bytes, as NIfTI's `RGB24` stores it.
public struct RGB: Sendable, Hashable, BitwiseCopyable {
  public var red: UInt8
  public var green: UInt8
  public var blue: UInt8

  /// Makes a colour.
  public init(_ red: UInt8, _ green: UInt8, _ blue: UInt8) { (self.red, self.green, self.blue) = (red, green, blue) }

  /// Brightness from 0 to 255.
  ///
  /// - Source: ITU-R BT.601, luma.
  public var luminance: Float { 0.299 * Float(red) + 0.587 * Float(green) + 0.114 * Float(blue) }
}

/// A colour with opacity, as NIfTI's `RGBA32` stores it.
public struct RGBA: Sendable, Hashable, BitwiseCopyable {
  public var red: UInt8
  public var green: UInt8
  public var blue: UInt8
  /// 0 is transparent, 255 opaque.
  public var alpha: UInt8

  /// Makes a colour.
  public init(_ red: UInt8, _ green: UInt8, _ blue: UInt8, _ alpha: UInt8) {
    (self.red, self.green, self.blue, self.alpha) = (red, green, blue, alpha)
  }

  /// The colour without its opacity.
  public var color: RGB { RGB(red, green, blue) }
}
