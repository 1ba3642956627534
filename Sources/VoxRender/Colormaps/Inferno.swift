extension Colormap {
  /// Black over red to pale yellow with evenly rising lightness.
  ///
  /// - Source: `inferno` of S. van der Walt and N. Smith (matplotlib `_cm_listed.py`, CC0), every 16th entry.
  public static let inferno = Colormap(
    name: "inferno", summary: "black over red to yellow, for magnitudes", isDiverging: false
  ) { position in
    let place = position * Double(controlPoints.count - 1)
    let index = min(Int(place), controlPoints.count - 2)
    let (low, high) = (controlPoints[index].components, controlPoints[index + 1].components)
    return Color(components: low + (high - low) * (place - Double(index)))
  }
}

private let controlPoints = [
  Color(0, 0, 4), Color(11, 7, 36), Color(33, 12, 74), Color(61, 9, 101), Color(87, 16, 110), Color(113, 25, 110),
  Color(138, 34, 106), Color(163, 44, 97), Color(188, 55, 84), Color(210, 70, 68), Color(228, 90, 49),
  Color(241, 115, 29), Color(249, 142, 9), Color(252, 172, 17), Color(249, 203, 53), Color(242, 234, 105),
  Color(252, 255, 164),
]
