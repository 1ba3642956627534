internal import Foundation

extension Colormap {
  /// Blue over white to red, the smooth cool-warm map of Moreland.
  ///
  /// - Source: K. Moreland, "Diverging Color Maps for Scientific Visualization", ISVC 2009, section 5: ends
  ///   (59, 76, 192) and (180, 4, 38), white M = 88 between them.
  public static let coolWarm = Colormap(
    name: "coolwarm", summary: "blue (negative) over white to red (positive)", isDiverging: true
  ) { position in
    let arm = Msh(position < 0.5 ? Color(59, 76, 192) : Color(180, 4, 38))
    let distance = abs(2 * position - 1)
    return arm.color(towardsWhite: 88, distance: distance)
  }
}

/// Moreland's polar form of CIELAB: magnitude, saturation angle, hue angle.
private struct Msh {
  var magnitude: Double
  var saturation: Double
  var hue: Double

  init(_ color: Color) {
    let lab = CIELAB(color)
    magnitude = (lab.lightness * lab.lightness + lab.a * lab.a + lab.b * lab.b).squareRoot()
    saturation = acos(lab.lightness / magnitude)
    hue = atan2(lab.b, lab.a)
  }

  /// The colour between an unsaturated white (distance 0) and this one (distance 1).
  func color(towardsWhite white: Double, distance: Double) -> Color {
    let m = white + (magnitude - white) * distance
    let s = saturation * distance
    let h = hueAtWhite(white) * (1 - distance) + hue * distance
    return CIELAB(lightness: m * cos(s), a: m * sin(s) * cos(h), b: m * sin(s) * sin(h)).color
  }

  /// The hue at which this colour leaves white so that the steps look even; Moreland's `AdjustHue`.
  private func hueAtWhite(_ white: Double) -> Double {
    guard magnitude < white else { return hue }
    let spin =
      saturation * (white * white - magnitude * magnitude).squareRoot() / (magnitude * sin(saturation))
    return hue > -.pi / 3 ? hue + spin : hue - spin
  }
}
