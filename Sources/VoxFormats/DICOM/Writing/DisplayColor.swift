internal import Glibc

/// A colour for viewers as DICOM stores it: CIELAB under D50, each component in 16 bits.
///
/// - Source: DICOM PS3.3 C.10.7.1.1; IEC 61966-2-1 (sRGB), brought from D65 to D50 after Bradford.
struct DisplayColor {
  /// L*, a*, b*, scaled to 0...65535.
  let stored: [UInt16]

  /// Converts an sRGB colour of three bytes.
  init(_ rgb: [UInt8]) {
    let linear = rgb.map { byte -> Double in
      let value = Double(byte) / 255
      return value <= 0.04045 ? value / 12.92 : pow((value + 0.055) / 1.055, 2.4)
    }
    func sum(_ r: Double, _ g: Double, _ b: Double) -> Double {
      zip([r, g, b], linear).reduce(0) { $0 + $1.0 * $1.1 }
    }
    let x = Self.compress(sum(0.4360747, 0.3850649, 0.1430804) / 0.96422)
    let y = Self.compress(sum(0.2225045, 0.7168786, 0.0606169))
    let z = Self.compress(sum(0.0139322, 0.0971045, 0.7141733) / 0.82521)
    stored = [
      Self.scaled((116 * y - 16) / 100), Self.scaled((500 * (x - y) + 128) / 255),
      Self.scaled((200 * (y - z) + 128) / 255),
    ]
  }

  private static func compress(_ t: Double) -> Double {
    t > 216.0 / 24389 ? cbrt(t) : (24389.0 / 27 * t + 16) / 116
  }

  private static func scaled(_ share: Double) -> UInt16 { UInt16((min(1, max(0, share)) * 65535).rounded()) }
}
