internal import Foundation

/// A colour in sRGB, 8 bits per component.
public struct Color: Sendable, Hashable {
  public var red: UInt8
  public var green: UInt8
  public var blue: UInt8

  /// Makes a colour.
  public init(_ red: UInt8, _ green: UInt8, _ blue: UInt8) { (self.red, self.green, self.blue) = (red, green, blue) }

  /// Makes a colour from components 0 to 1; others are clamped, NaN is 0.
  public init(components: SIMD3<Double>) {
    func byte(_ value: Double) -> UInt8 { value > 0 ? UInt8((min(1, value) * 255).rounded()) : 0 }
    self.init(byte(components.x), byte(components.y), byte(components.z))
  }

  /// No light.
  public static let black = Color(0, 0, 0)
  /// The lightest colour.
  public static let white = Color(255, 255, 255)

  /// Components 0 to 1.
  public var components: SIMD3<Double> { SIMD3(Double(red), Double(green), Double(blue)) / 255 }

  /// This colour with `other` laid over it.
  ///
  /// - Parameter opacity: of `other`, 0 to 1.
  @inline(__always)
  public func blended(with other: Color, opacity: Double) -> Color {
    let weight = Int(opacity * 256 + 0.5)
    func mix(_ a: UInt8, _ b: UInt8) -> UInt8 {
      UInt8(truncatingIfNeeded: (Int(a) * (256 - weight) + Int(b) * weight + 128) >> 8)
    }
    return Color(mix(red, other.red), mix(green, other.green), mix(blue, other.blue))
  }

  /// Lightness L* in CIELAB, 0 to 100.
  public var lightness: Double { CIELAB(self).lightness }
}

/// A colour in CIELAB under the D65 white point.
///
/// - Source: IEC 61966-2-1 (sRGB); CIE 15:2004, section 8.2.
struct CIELAB {
  /// 0 (black) to 100 (white).
  var lightness: Double
  /// Green (negative) to red.
  var a: Double
  /// Blue (negative) to yellow.
  var b: Double

  private static let white = SIMD3(0.95047, 1, 1.08883)

  init(lightness: Double, a: Double, b: Double) { (self.lightness, self.a, self.b) = (lightness, a, b) }

  init(_ color: Color) {
    let (r, g, b) = (Self.linear(color.red), Self.linear(color.green), Self.linear(color.blue))
    let x = Self.compress((0.4124564 * r + 0.3575761 * g + 0.1804375 * b) / Self.white.x)
    let y = Self.compress((0.2126729 * r + 0.7151522 * g + 0.0721750 * b) / Self.white.y)
    let z = Self.compress((0.0193339 * r + 0.1191920 * g + 0.9503041 * b) / Self.white.z)
    self.init(lightness: 116 * y - 16, a: 500 * (x - y), b: 200 * (y - z))
  }

  /// The nearest sRGB colour, each component clamped.
  var color: Color {
    let y = (lightness + 16) / 116
    let x = Self.expand(y + a / 500) * Self.white.x
    let z = Self.expand(y - b / 200) * Self.white.z
    let luminance = Self.expand(y)
    return Color(components: [
      Self.encoded(3.2404542 * x - 1.5371385 * luminance - 0.4985314 * z),
      Self.encoded(-0.9692660 * x + 1.8760108 * luminance + 0.0415560 * z),
      Self.encoded(0.0556434 * x - 0.2040259 * luminance + 1.0572252 * z),
    ])
  }

  private static func linear(_ component: UInt8) -> Double {
    let value = Double(component) / 255
    return value <= 0.04045 ? value / 12.92 : pow((value + 0.055) / 1.055, 2.4)
  }

  private static func encoded(_ value: Double) -> Double {
    value <= 0.0031308 ? value * 12.92 : 1.055 * pow(value, 1 / 2.4) - 0.055
  }

  private static func compress(_ t: Double) -> Double {
    t > 216.0 / 24389 ? cbrt(t) : (24389.0 / 27 * t + 16) / 116
  }

  private static func expand(_ t: Double) -> Double {
    t > 6.0 / 29 ? t * t * t : (116 * t - 16) * 27 / 24389
  }
}
